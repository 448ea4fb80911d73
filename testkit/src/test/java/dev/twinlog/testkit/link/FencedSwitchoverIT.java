package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.twinlog.AclChange.Side;
import dev.twinlog.FailoverOptions;
import dev.twinlog.FailoverReport;
import dev.twinlog.LinkState;
import dev.twinlog.MoveProgress.Phase;
import dev.twinlog.MoveReport.Outcome;
import dev.twinlog.Replicator;
import dev.twinlog.ReverseOptions;
import dev.twinlog.SwitchoverOptions;
import dev.twinlog.SwitchoverReport;
import dev.twinlog.kafka.KafkaLinks;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.KafkaSecurity;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.child.ChildJvm;
import dev.twinlog.testkit.junit.CleanAfterEach;
import dev.twinlog.testkit.junit.ExpectedLogs;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests switchovers that fence the source's writers, with authorizers on both sides. */
@CleanAfterEach
@Tag("long-on-records")
final class FencedSwitchoverIT {
  private static final SwitchoverOptions SOON =
      SwitchoverOptions.defaults()
          .quietFor(Duration.ofMillis(500))
          .timeout(Links.LIMIT)
          .fenceWriters(true)
          .actor("anna");
  private static EmbeddedKafka source;
  private static EmbeddedKafka target;

  private final String name = Links.newName();
  private final String topic = "orders-" + name;

  @TempDir private Path files;

  @BeforeAll
  static void startClusters() {
    KafkaSecurity security = KafkaSecurity.scram().acls().user("alice");
    source = EmbeddedKafka.builder().security(security).start();
    target = EmbeddedKafka.builder().security(security).start();
  }

  @AfterAll
  static void stopClusters() {
    try (EmbeddedKafka closing = source) {
      target.close();
    }
  }

  @BeforeEach
  void createTopic() throws Exception {
    KafkaTopics.of(source).create(topic, 2, Map.of());
    KafkaTopics.of(source).sendNumbered(topic, 100);
    try (Admin admin = source.admin()) {
      admin
          .createAcls(
              List.of(
                  acl(ResourceType.TOPIC, topic, "User:alice", AclPermissionType.ALLOW),
                  acl(ResourceType.TRANSACTIONAL_ID, topic, "User:alice", AclPermissionType.ALLOW)))
          .all()
          .get();
    }
  }

  private static AclBinding acl(
      ResourceType type, String resource, String user, AclPermissionType permission) {
    return new AclBinding(
        new ResourcePattern(type, resource, PatternType.LITERAL),
        new AccessControlEntry(user, "*", AclOperation.WRITE, permission));
  }

  /** Those of this test's topic in the source that deny something. */
  private Collection<AclBinding> denials() throws Exception {
    try (Admin admin = source.admin()) {
      return admin.describeAcls(AclBindingFilter.ANY).values().get().stream()
          .filter(one -> one.pattern().name().equals(topic))
          .filter(one -> one.entry().permissionType() == AclPermissionType.DENY)
          .toList();
    }
  }

  private AclBinding denial() {
    return acl(ResourceType.TOPIC, topic, "User:*", AclPermissionType.DENY);
  }

  private Replicator.Builder link() {
    return Links.link(source, target, topic).link(name);
  }

  private KafkaProducer<byte[], byte[]> alice(Map<String, Object> own) {
    Map<String, Object> config = new HashMap<>(source.clientProperties("alice"));
    config.putAll(own);
    return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
  }

  private ProducerRecord<byte[], byte[]> record(String value) {
    return new ProducerRecord<>(topic, 0, null, Links.bytes(value));
  }

  @Test
  @ExpectedLogs("-> MOVED")
  @Tag("long")
  void reversed_theOldSourceCanBeWrittenAgain_andNothingIsCopiedTwice() throws Exception {
    try (Replicator replicator = link().build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      assertThat(replicator.switchover(SOON).outcome()).isEqualTo(Outcome.DONE);
      assertThat(denials()).containsExactly(denial());
      KafkaTopics.of(target).send(Links.records(topic, 0, 7));
      try (Replicator back = replicator.reverse(ReverseOptions.defaults()).build()) {
        assertThat(denials()).isEmpty();
        back.start();
        Links.awaitCaughtUp(back);
        assertThat(KafkaTopics.of(source).read(topic)).hasSize(107);
      }
    }
  }

  @Test
  @ExpectedLogs("-> MOVED")
  void producersAreRefused_beforeTheCut_andStayRefused() throws Exception {
    List<Phase> phases = new ArrayList<>();
    try (KafkaProducer<byte[], byte[]> producer = alice(Map.of());
        Replicator replicator = link().build()) {
      replicator.start();
      producer.send(record("before")).get();
      SwitchoverReport report =
          replicator.switchover(
              SOON.onProgress(
                  progress -> {
                    phases.add(progress.phase());
                    if (progress.phase() == Phase.SOURCE_FENCED) {
                      awaitRefused(producer);
                    }
                  }));
      System.out.println(report);
      assertThat(report.outcome()).as("%s", report).isEqualTo(Outcome.DONE);
      assertThat(report.acls())
          .singleElement()
          .satisfies(
              acl -> {
                assertThat(acl.side()).isEqualTo(Side.SOURCE);
                assertThat(acl.entry().name()).isEqualTo(topic);
              });
      assertThat(phases).containsSubsequence(Phase.SOURCE_FENCED, Phase.CUT, Phase.DONE);
      assertThat(denials()).containsExactly(denial());
    }
    assertThat(Copies.assertComplete(source, target, topic)).isZero();
    KafkaLinks.reopen(Links.cluster("eu-west", target), name);
    try (Replicator again = link().build()) {
      again.start();
      assertThat(again.status().state()).isEqualTo(LinkState.RUNNING);
      await().atMost(Links.LIMIT).until(() -> denials().isEmpty());
    }
  }

  /** The brokers apply the ACL when they have heard of it. */
  private void awaitRefused(KafkaProducer<byte[], byte[]> producer) {
    await()
        .atMost(Links.LIMIT)
        .untilAsserted(
            () ->
                assertThatThrownBy(() -> producer.send(record("during")).get())
                    .hasCauseInstanceOf(TopicAuthorizationException.class));
  }

  @Test
  @Tag("long")
  @ExpectedLogs("is taken back")
  void whatIsTakenBack_letsProducersWriteAgain_andNothingIsLostOrTwice() throws Exception {
    try (KafkaProducer<byte[], byte[]> producer = alice(Map.of());
        KafkaProducer<byte[], byte[]> hanging = alice(Map.of("transactional.id", topic));
        Replicator replicator = link().build()) {
      replicator.start();
      hanging.initTransactions();
      hanging.beginTransaction();
      hanging.send(record("open")).get();
      SwitchoverReport report =
          replicator.switchover(
              SOON.timeout(Duration.ofSeconds(8))
                  .onProgress(
                      progress -> {
                        if (progress.phase() == Phase.SOURCE_FENCED) {
                          awaitRefused(producer);
                        }
                      }));
      System.out.println(report);
      assertThat(report.outcome()).as("%s", report).isEqualTo(Outcome.ABORTED);
      assertThat(report.refusals().get(0)).contains("transactional id " + topic);
      assertThat(report.acls()).isEmpty();
      assertThat(denials()).isEmpty();
      await()
          .atMost(Links.LIMIT)
          .ignoreException(ExecutionException.class)
          .until(() -> producer.send(record("after")).get().hasOffset());
      hanging.abortTransaction();
      // its marker is written after the answer, and until then readers see nothing behind it
      await()
          .atMost(Links.LIMIT)
          .until(() -> Copies.values(source, topic, 0), values -> values.contains("after"));
      Links.awaitCaughtUp(replicator);
    }
    assertThat(Copies.assertComplete(source, target, topic)).isZero();
  }

  @Test
  @ExpectedLogs({"-> FENCED", "-> MOVED"})
  void aFailoverMeanwhile_namesTheAclsThatAreLeftInTheSource() throws Exception {
    CompletableFuture<Void> fenced = new CompletableFuture<>();
    try (KafkaProducer<byte[], byte[]> hanging = alice(Map.of("transactional.id", topic));
        Replicator replicator = link().build()) {
      replicator.start();
      hanging.initTransactions();
      hanging.beginTransaction();
      hanging.send(record("open")).get();
      CompletableFuture<SwitchoverReport> moved =
          CompletableFuture.supplyAsync(
              () ->
                  replicator.switchover(
                      SOON.onProgress(
                          progress -> {
                            if (progress.phase() == Phase.SOURCE_FENCED) {
                              fenced.complete(null);
                            }
                          })));
      fenced.get(60, TimeUnit.SECONDS);
      FailoverReport report =
          KafkaLinks.failover(
              Links.cluster("eu-west", target), name, FailoverOptions.defaults().actor("ben"));
      System.out.println(report);
      assertThat(report.acls()).hasSize(1);
      assertThat(report.todo()).anyMatch(line -> line.contains("1 ACLs") && line.contains(topic));
      assertThatThrownBy(() -> moved.get(60, TimeUnit.SECONDS)).hasMessageContaining("ben");
      assertThat(denials()).containsExactly(denial());
      hanging.abortTransaction();
    }
  }

  @Test
  @Tag("long")
  @ExpectedLogs("is taken back")
  void killedAfterAnyStep_theNextStartTakesItBack_andTheNextCallMovesIt() throws Exception {
    try (Replicator owner = link().build()) {
      owner.start();
      Links.awaitCaughtUp(owner);
    }
    List<List<String>> steps = new ArrayList<>();
    boolean over = false;
    for (int step = 0; !over; step++) {
      try (ChildJvm child =
          ChildJvm.builder(SwitchoverMain.class.getName())
              .jvmArgs(
                  "-Xmx128m",
                  "-XX:+UseSerialGC",
                  "-XX:TieredStopAtLevel=1",
                  "-Dtwinlog.test.path=" + Links.path())
              .args(file("source", source), file("target", target), name, topic, "" + step)
              .start()) {
        await().atMost(Links.LIMIT).until(() -> child.exitStatus().isPresent());
        over = child.exitStatus().getAsInt() == 0;
        assertThat(child.exitStatus().getAsInt()).as("%s", child.output()).isIn(0, 3);
        steps.add(child.output());
      }
      boolean isDone =
          steps.get(step).stream().anyMatch(line -> line.startsWith("at DONE")) || over;
      if (!isDone) {
        goOn(step);
      }
    }
    System.out.println(String.join("\n", steps.get(steps.size() - 1)));
    assertThat(steps).as("it died at several steps").hasSizeGreaterThan(5);
    assertThat(steps.get(steps.size() - 1))
        .anyMatch(line -> line.contains("DONE, finished by an earlier call"));
    assertThat(Copies.assertComplete(source, target, topic)).isZero();
    assertThat(denials()).containsExactly(denial());
  }

  /** The link is started as ever, with more to copy. */
  private void goOn(int step) throws Exception {
    try (Replicator next = link().build()) {
      next.start();
      assertThat(next.status().state()).as("%s", next.status()).isEqualTo(LinkState.RUNNING);
      assertThat(denials()).isEmpty();
      KafkaTopics.of(source).send(Copies.numbered(topic, 0, 1_000 + step, 1_001 + step));
      Links.awaitCaughtUp(next);
    }
  }

  private String file(String side, EmbeddedKafka kafka) throws IOException {
    Path file = files.resolve(side);
    Properties properties = new Properties();
    properties.putAll(kafka.clientProperties());
    try (Writer out = Files.newBufferedWriter(file)) {
      properties.store(out, side);
    }
    return file.toString();
  }
}
