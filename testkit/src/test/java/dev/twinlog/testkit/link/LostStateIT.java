package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.twinlog.FileProgressStore;
import dev.twinlog.Offsets;
import dev.twinlog.Replicator;
import dev.twinlog.kafka.KafkaLinks;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.PartitionMapper;
import dev.twinlog.spi.TopicMapper;
import dev.twinlog.spi.Translation.Exact;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.MirrorAssertions;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import dev.twinlog.testkit.junit.ExpectedLogs;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests a link whose state topic has lost records, or is damaged. */
@TwinClusters
@Tag("long-on-records")
final class LostStateIT {

  /** Runs a link until it has copied a hundred records. */
  private static Replicator.Builder copyOnce(TwinKafka twin, String topic, String link)
      throws Exception {
    twin.source().createTopic(topic, 1);
    KafkaTopics.of(twin.source()).sendNumbered(topic, 100);
    Replicator.Builder builder = Links.link(twin.source(), twin.target(), topic).link(link);
    run(builder);
    return builder;
  }

  private static void run(Replicator.Builder builder) throws Exception {
    try (Replicator replicator = builder.build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
    }
  }

  private static String state(String link) {
    return "twinlog." + link + ".state";
  }

  private static void assertRefused(Replicator.Builder builder, String link) {
    try (Replicator replicator = builder.build()) {
      assertThatThrownBy(replicator::start)
          .isInstanceOf(LinkFailedException.class)
          .hasMessageContainingAll(
              "the state of link " + link + " is lost", state(link), "KafkaLinks.rebuild");
    }
  }

  @Test
  @ExpectedLogs("-> FAILED")
  void aLinkWhoseStateTopicWasDeleted_isRefused_howeverLongAgoItWroteAPartition(TwinKafka twin)
      throws Exception {
    String topic = twin.topic("orders");
    String link = Links.newName();
    twin.source().createTopic(topic, 2);
    twin.target().createTopic(topic, 1);
    Replicator.Builder builder =
        Links.link(twin.source(), twin.target(), topic)
            .link(link)
            .partitionMapper(PartitionMapper.modulo());
    KafkaTopics.of(twin.source()).send(Links.records(topic, 0, 100));
    try (Replicator replicator = builder.build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      KafkaTopics.of(twin.source()).send(Links.records(topic, 1, 3_000));
      Links.awaitCaughtUp(replicator);
    }
    KafkaTopics.of(twin.target()).delete(state(link));
    assertRefused(builder, link);
    assertRefused(builder, link); // the first attempt must not have changed that
    assertThat(KafkaTopics.of(twin.target()).read(topic)).hasSize(3_100);

    // with this mapper the state can't be rebuilt, so the other advice is followed
    KafkaTopics.of(twin.target()).delete(topic, state(link));
    twin.target().createTopic(topic, 1);
    run(builder.link(Links.newName()));
    assertThat(KafkaTopics.of(twin.target()).read(topic)).hasSize(3_100);
  }

  @Test
  @ExpectedLogs("-> FAILED")
  void aLinkWhoseStateTopicWasTrimmed_isRefused_andRebuildMakesItGoOn(TwinKafka twin)
      throws Exception {
    String topic = twin.topic("orders");
    String link = Links.newName();
    Replicator.Builder builder = copyOnce(twin, topic, link);
    try (Admin admin = twin.target().admin()) {
      lose(admin, state(link), "trimmed");
    }
    assertRefused(builder, link);
    assertRebuildMakesItGoOn(twin, topic, link, builder);
  }

  @Test
  @ExpectedLogs("-> FAILED")
  void aStateTopicThatWasTrimmedInPart_isRefused_andFollowingTheMessageMakesItGoOn(TwinKafka twin)
      throws Exception {
    String topic = twin.topic("orders");
    String link = Links.newName();
    Replicator.Builder builder = copyOnce(twin, topic, link);
    try (Admin admin = twin.target().admin()) {
      trim(admin, state(link), 2);
    }
    try (Replicator replicator = builder.build()) {
      assertThatThrownBy(replicator::start)
          .isInstanceOf(LinkFailedException.class)
          .hasMessageContainingAll(
              "a part of the state of link " + link, "offset 2", "Delete the topic and rebuild");
    }
    KafkaTopics.of(twin.target()).delete(state(link));
    assertRebuildMakesItGoOn(twin, topic, link, builder);
  }

  @Test
  @ExpectedLogs("-> FAILED")
  void anOffsetMapThatIsDamaged_isNamed_andFollowingTheMessageMakesItGoOn(TwinKafka twin)
      throws Exception {
    String topic = twin.topic("orders");
    String link = Links.newName();
    Replicator.Builder builder = copyOnce(twin, topic, link);
    cutShort(twin, state(link), 'M');
    try (Replicator replicator = builder.build()) {
      assertThatThrownBy(replicator::start)
          .isInstanceOf(LinkFailedException.class)
          .hasMessageContainingAll(
              "the stored offset map of %s-0 -> %s-0 is damaged".formatted(topic, topic),
              "stop the link, delete its state topic",
              "KafkaLinks.rebuild");
    }
    assertThatThrownBy(() -> KafkaLinks.openOffsets(Links.cluster("eu-west", twin.target()), link))
        .hasMessageContaining("is damaged");
    KafkaTopics.of(twin.target()).delete(state(link));
    assertRebuildMakesItGoOn(twin, topic, link, builder);
  }

  /** Replaces the values of one kind of records of a state topic by their first two bytes. */
  private static void cutShort(TwinKafka twin, String state, char kind) throws Exception {
    Map<ByteBuffer, ConsumerRecord<byte[], byte[]>> last = new LinkedHashMap<>();
    KafkaTopics.of(twin.target())
        .read(state)
        .forEach(record -> last.put(ByteBuffer.wrap(record.key()), record));
    List<ProducerRecord<byte[], byte[]>> damaged = new ArrayList<>();
    for (ConsumerRecord<byte[], byte[]> record : last.values()) {
      if (record.key()[1] == kind && record.value() != null) {
        byte[] cut = Arrays.copyOf(record.value(), 2);
        damaged.add(new ProducerRecord<>(state, 0, record.key(), cut));
      }
    }
    assertThat(damaged).isNotEmpty();
    KafkaTopics.of(twin.target()).send(damaged);
  }

  @Test
  @ExpectedLogs("-> STOPPED")
  void aLinkThatKeepsItsProgressElsewhere_findsWhatItWroteBefore_andRebuildMakesItGoOn(
      TwinKafka twin, @TempDir Path directory) throws Exception {
    String topic = twin.topic("orders");
    String link = Links.newName();
    twin.source().createTopic(topic, 1);
    KafkaTopics.of(twin.source()).sendNumbered(topic, 100);
    run(Links.link(twin.source(), twin.target(), topic).link(link));
    Replicator.Builder elsewhere =
        Links.link(twin.source(), twin.target(), topic)
            .link(link)
            .progressStore(FileProgressStore.at(directory));
    try (Replicator replicator = elsewhere.build()) {
      replicator.start();
      await()
          .atMost(Links.LIMIT)
          .untilAsserted(
              () ->
                  assertThat(Links.partition(replicator, new TopicPartition(topic, 0)).reason())
                      .contains("its progress is missing")
                      .contains("elete what is left of topic " + state(link))
                      .contains("restore it with KafkaLinks.rebuild")
                      .contains("then start the link without a progressStore of its own"));
    }
    assertThat(KafkaTopics.of(twin.target()).read(topic)).hasSize(100);
    KafkaTopics.of(twin.target()).delete(state(link));
    assertRebuildMakesItGoOn(
        twin, topic, link, Links.link(twin.source(), twin.target(), topic).link(link));
  }

  private static void assertRebuildMakesItGoOn(
      TwinKafka twin, String topic, String link, Replicator.Builder builder) throws Exception {
    try (KafkaSource source = Links.source(twin.source(), topic);
        KafkaSink sink = Links.sink(twin.target())) {
      assertThat(KafkaLinks.rebuild(link, source, sink, TopicMapper.identity())).hasSize(1);
    }
    KafkaTopics.of(twin.source()).sendNumbered(topic, 10);
    run(builder);
    MirrorAssertions.assertMirrored(twin.source(), topic, twin.target(), topic);
  }

  @Test
  void anOwnerThatDiedBeforeItWroteAnything_isNoLostState(TwinKafka twin) throws Exception {
    String topic = twin.topic("orders");
    String link = Links.newName();
    twin.source().createTopic(topic, 1);
    KafkaTopics.of(twin.source()).sendNumbered(topic, 10);
    twin.target().createTopic(state(link), 1, Map.of("cleanup.policy", "compact"));
    Map<String, Object> config = new HashMap<>(twin.target().clientProperties());
    config.put("transactional.id", "twinlog." + link + ".owner");
    try (var died =
        new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
      died.initTransactions();
    }
    run(Links.link(twin.source(), twin.target(), topic).link(link));
    MirrorAssertions.assertMirrored(twin.source(), topic, twin.target(), topic);
  }

  @ParameterizedTest
  @Tag("long")
  @ValueSource(strings = {"deleted", "deleted and created by a broker", "trimmed"})
  @ExpectedLogs({"the link's state was written again", "progress is not saved since"})
  void aStateThatIsLostWhileTheLinkRuns_isWrittenAgain_withTheOffsetMap(String how, TwinKafka twin)
      throws Exception {
    String topic = twin.topic("orders");
    String link = Links.newName();
    twin.source().createTopic(topic, 2);
    KafkaTopics.of(twin.source()).send(Links.records(topic, 0, 100));
    KafkaTopics.of(twin.source()).send(Links.records(topic, 1, 50));
    Replicator.Builder builder = Links.link(twin.source(), twin.target(), topic).link(link);
    Heard heard = new Heard();
    try (Replicator replicator = builder.onEvent(heard).build();
        Admin admin = twin.target().admin()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      lose(admin, state(link), how);
      if (how.endsWith("broker")) {
        twin.target().createTopic(state(link), 1, Map.of("cleanup.policy", "delete"));
      }
      KafkaTopics.of(twin.source()).send(Links.records(topic, 0, 10));
      await()
          .atMost(Links.LIMIT)
          .untilAsserted(
              () ->
                  assertThat(replicator.status().notes().get(state(link)))
                      .anyMatch(note -> note.contains("state was written again")));
      Links.awaitCaughtUp(replicator);
      assertThat(policy(admin, state(link))).isEqualTo("compact");
    }
    Offsets offsets = KafkaLinks.openOffsets(Links.cluster("eu-west", twin.target()), link);
    assertThat(offsets.toTarget(new TopicPartition(topic, 1), 25)).isInstanceOf(Exact.class);
    KafkaTopics.of(twin.source()).send(Links.records(topic, 1, 10));
    run(builder);
    MirrorAssertions.assertMirrored(twin.source(), topic, twin.target(), topic);
  }

  private static void lose(Admin admin, String topic, String how) throws Exception {
    if (how.equals("trimmed")) {
      trim(admin, topic, -1);
    } else {
      admin.deleteTopics(List.of(topic)).all().get();
    }
  }

  /** Deletes the records before an offset; −1 is the end. */
  private static void trim(Admin admin, String topic, long offset) throws Exception {
    set(admin, topic, "delete"); // brokers refuse it for a topic that is only compacted
    TopicPartition partition = new TopicPartition(topic, 0);
    await("the broker knows the policy") // brokers learn it after the controller has answered
        .atMost(Links.LIMIT)
        .ignoreExceptionsMatching(e -> e.getCause() instanceof PolicyViolationException)
        .untilAsserted(
            () ->
                admin
                    .deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(offset)))
                    .all()
                    .get());
    set(admin, topic, "compact");
  }

  private static String policy(Admin admin, String topic) throws Exception {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    return admin
        .describeConfigs(List.of(resource))
        .all()
        .get()
        .get(resource)
        .get("cleanup.policy")
        .value();
  }

  @Test
  @ExpectedLogs({"cleanup.policy=delete", "3 partitions", "-> FAILED"})
  @Tag("long")
  void aStateTopicThatIsSetWrong_isNoted_andFollowingTheNoteHelps(TwinKafka twin) throws Exception {
    String topic = twin.topic("orders");
    String link = Links.newName();
    twin.source().createTopic(topic, 1);
    KafkaTopics.of(twin.source()).sendNumbered(topic, 10);
    Replicator.Builder builder = Links.link(twin.source(), twin.target(), topic).link(link);
    try (Admin admin = twin.target().admin()) {
      run(builder);
      set(admin, state(link), "delete");
      admin.createPartitions(Map.of(state(link), NewPartitions.increaseTo(3))).all().get();
      try (Replicator replicator = builder.build()) {
        assertThatThrownBy(replicator::start)
            .isInstanceOf(LinkFailedException.class)
            .hasMessageContainingAll(state(link), "cleanup.policy=delete", "set it to compact");
      }
      set(admin, state(link), "compact");
      try (Replicator replicator = builder.build()) {
        replicator.start();
        Links.awaitCaughtUp(replicator);
        assertThat(replicator.status().notes().get(state(link)))
            .containsExactly("it has 3 partitions, but only partition 0 is used");
        set(admin, state(link), "delete");
        await()
            .atMost(Links.LIMIT)
            .untilAsserted(
                () ->
                    assertThat(replicator.status().notes().get(state(link)))
                        .anyMatch(note -> note.contains("set it to compact")));
        set(admin, state(link), "compact");
      }
    }
    MirrorAssertions.assertMirrored(twin.source(), topic, twin.target(), topic);
  }

  private static void set(Admin admin, String topic, String policy) throws Exception {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    AlterConfigOp operation =
        new AlterConfigOp(new ConfigEntry("cleanup.policy", policy), AlterConfigOp.OpType.SET);
    admin.incrementalAlterConfigs(Map.of(resource, List.of(operation))).all().get();
  }
}
