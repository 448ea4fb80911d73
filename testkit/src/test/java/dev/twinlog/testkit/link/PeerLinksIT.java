package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twinlog.ConfigSync;
import dev.twinlog.FailoverReport;
import dev.twinlog.GroupState;
import dev.twinlog.GroupSync;
import dev.twinlog.LinkState;
import dev.twinlog.MirrorMakerTopics;
import dev.twinlog.MoveReport.Outcome;
import dev.twinlog.Replicator;
import dev.twinlog.TopicSync;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.spi.TopicMapper;
import dev.twinlog.spi.Translation;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.MirrorAssertions;
import dev.twinlog.testkit.TestKafka;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import dev.twinlog.testkit.junit.ExpectedLogs;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.connect.mirror.IdentityReplicationPolicy;
import org.apache.kafka.connect.mirror.MirrorClient;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Replays what the tests of similar programs show of whole links; see also {@link PeerGroupsIT}.
 */
@TwinClusters
@Tag("long")
final class PeerLinksIT {
  private static final GroupSync QUICK = GroupSync.defaults().interval(Duration.ofMillis(200));

  private static Set<TopicPartition> partitions(String topic, int count) {
    Set<TopicPartition> all = new HashSet<>();
    for (int partition = 0; partition < count; partition++) {
      all.add(new TopicPartition(topic, partition));
    }
    return all;
  }

  private static Replicator.Builder matching(TestKafka source, TestKafka target, String regex) {
    return Links.link(source, target, "replaced")
        .source(
            KafkaSource.from(Links.cluster("us-east", source))
                .topics(TopicSelector.matching(regex))
                .path(Links.path())
                .build());
  }

  /** Redpanda Shadowing, test_continuous_group_sync: groups move while brokers fail. */
  @Test
  @Timeout(600)
  @ExpectedLogs({"is RETRYING for 30 s", "can't list groups", "group sync", "us-east"})
  void twentyGroupsThatMoveUnderBrokerFaults_areInStep_andResumeExactly(TwinKafka twin)
      throws Exception {
    try (EmbeddedKafka source =
        EmbeddedKafka.builder().brokers(3).config("broker.session.timeout.ms", "3000").start()) {
      Map<String, Map<TopicPartition, Long>> positions = new TreeMap<>();
      for (int i = 0; i < 6; i++) {
        String topic = twin.topic("orders-" + i);
        KafkaTopics.of(source).create(topic, 20, Map.of());
        KafkaTopics.of(source).sendNumbered(topic, 1_000);
        for (int group = i; group < 20; group += 6) {
          Map<TopicPartition, Long> begin = new HashMap<>();
          partitions(topic, 20).forEach(partition -> begin.put(partition, 0L));
          positions.put(twin.topic("group-" + group), begin);
        }
      }
      positions.forEach((group, begin) -> Groups.commit(source, group, begin));
      Random random = new Random(11);
      try (Replicator replicator =
          matching(source, twin.target(), "orders-\\d.*").groupSync(QUICK).build()) {
        replicator.start();
        Links.awaitCaughtUp(replicator);
        for (int round = 0; round < 6; round++) {
          source.stopBroker(round % 3);
          for (int update = 0; update < 10; update++) {
            moveSome(source, positions, random);
          }
          source.startBroker(round % 3);
          positions.forEach((group, now) -> awaitInStep(replicator, twin.target(), group, now));
        }
      }
      positions.forEach((group, last) -> assertResumes(source, twin.target(), group, last));
    }
  }

  /** Moves one of the groups in five of its partitions, forward or back. */
  private static void moveSome(
      TestKafka source, Map<String, Map<TopicPartition, Long>> positions, Random random) {
    List<String> groups = List.copyOf(positions.keySet());
    String group = groups.get(random.nextInt(groups.size()));
    List<TopicPartition> partitions = new ArrayList<>(positions.get(group).keySet());
    Collections.shuffle(partitions, random);
    Map<TopicPartition, Long> moved = new HashMap<>();
    partitions.subList(0, 5).forEach(each -> moved.put(each, (long) random.nextInt(50)));
    Groups.commit(source, group, moved);
    positions.get(group).putAll(moved);
  }

  private static void awaitInStep(
      Replicator replicator, TestKafka target, String group, Map<TopicPartition, Long> source) {
    Map<TopicPartition, Long> wanted = new HashMap<>();
    source.forEach((each, offset) -> wanted.put(each, translated(replicator, each, offset)));
    await()
        .atMost(Links.LIMIT)
        .untilAsserted(
            () -> {
              Map<TopicPartition, Long> found = new HashMap<>();
              Groups.committed(target, group)
                  .forEach((each, position) -> found.put(each, position.offset()));
              assertThat(found)
                  .as("%s: %s", group, replicator.groups().get(group))
                  .isEqualTo(wanted);
            });
  }

  private static long translated(Replicator replicator, TopicPartition source, long offset) {
    assertThat(replicator.offsets().toTarget(source, offset)).isInstanceOf(Translation.Exact.class);
    return ((Translation.Exact) replicator.offsets().toTarget(source, offset)).offset();
  }

  /**
   * A consumer of the group reads in the target what it has not read in the source, and no more.
   */
  private static void assertResumes(
      TestKafka source, TestKafka target, String group, Map<TopicPartition, Long> positions) {
    String topic = positions.keySet().iterator().next().topic();
    List<String> left =
        KafkaTopics.of(source).read(topic).stream()
            .filter(
                one -> one.offset() >= positions.get(new TopicPartition(topic, one.partition())))
            .map(PeerLinksIT::value)
            .toList();
    String protocol = group.hashCode() % 2 == 0 ? "classic" : "consumer";
    List<String> read = new ArrayList<>();
    Groups.readToTheEnd(target, group, protocol, positions.keySet())
        .values()
        .forEach(records -> records.forEach(one -> read.add(value(one))));
    assertThat(read).as(group).containsExactlyInAnyOrderElementsOf(left);
  }

  private static String value(ConsumerRecord<byte[], byte[]> one) {
    return one.partition() + ": " + new String(one.value(), StandardCharsets.UTF_8);
  }

  /** Redpanda Shadowing, test_link_failover: of topics with the source away, and of no topic. */
  @Test
  @ExpectedLogs({"-> MOVED", "is RETRYING for 30 s"})
  void aLinkIsFailedOver_whenItsSourceIsAway_orItHasNoTopic_andTheTargetIsWrittenAfterwards(
      TwinKafka twin) throws Exception {
    try (EmbeddedKafka source = EmbeddedKafka.start();
        Replicator none = matching(source, twin.target(), "no-topic-.*").build();
        Replicator three = matching(source, twin.target(), "test-topic-\\d.*").build()) {
      List<String> topics = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        String topic = twin.topic("test-topic-" + i);
        topics.add(topic);
        KafkaTopics.of(source).create(topic, 5, Map.of());
        KafkaTopics.of(source).sendNumbered(topic, 200);
      }
      none.start();
      three.start();
      Links.awaitCaughtUp(three);
      source.stopBroker(0);
      for (Replicator replicator : List.of(none, three)) {
        FailoverReport report = replicator.failover();
        assertThat(report.outcome()).as("%s", report).isEqualTo(Outcome.DONE);
        assertThat(report.partitions()).hasSize(replicator == none ? 0 : 15);
        assertThat(replicator.status().state()).isEqualTo(LinkState.MOVED);
      }
      for (String topic : topics) {
        KafkaTopics.of(twin.target()).sendNumbered(topic, 100);
        assertThat(KafkaTopics.of(twin.target()).read(topic)).hasSize(300);
      }
    }
  }

  /** Redpanda Shadowing, test_auto_prefix_trimming. */
  @Test
  void logStartsOfTheSource_areFollowed_stepByStep(TwinKafka twin) throws Exception {
    String topic = twin.topic("source-topic");
    KafkaTopics.of(twin.source()).create(topic, 5, Map.of());
    KafkaTopics.of(twin.source()).sendNumbered(topic, 2_000);
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), topic)
            .topicSync(TopicSync.defaults().trimming(true))
            .build()) {
      replicator.start();
      for (long offset : List.of(100L, 101L, 120L, 150L, 200L, 250L)) {
        Links.awaitCaughtUp(replicator);
        Map<TopicPartition, RecordsToDelete> trimmed = new HashMap<>();
        Map<TopicPartition, Long> wanted = new HashMap<>();
        for (TopicPartition each : partitions(topic, 5)) {
          trimmed.put(each, RecordsToDelete.beforeOffset(offset));
          wanted.put(each, translated(replicator, each, offset));
        }
        try (Admin admin = twin.source().admin()) {
          admin.deleteRecords(trimmed).all().get();
        }
        KafkaTopics.of(twin.source()).sendNumbered(topic, 50);
        await()
            .atMost(Links.LIMIT)
            .untilAsserted(() -> assertThat(starts(twin.target(), topic)).isEqualTo(wanted));
      }
      Links.awaitCaughtUp(replicator);
    }
    MirrorAssertions.assertMirrored(twin.source(), twin.target(), topic);
  }

  private static Map<TopicPartition, Long> starts(TestKafka kafka, String topic) throws Exception {
    Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
    partitions(topic, 5).forEach(each -> asked.put(each, OffsetSpec.earliest()));
    Map<TopicPartition, Long> starts = new HashMap<>();
    try (Admin admin = kafka.admin()) {
      admin.listOffsets(asked).all().get().forEach((each, it) -> starts.put(each, it.offset()));
    }
    return starts;
  }

  /**
   * Redpanda Migrator, TwoWayWithProvenanceHeaders: ten records on each side, and two links. Under
   * equal names Twinlog refuses the second link, see {@link LoopIT}; copies have names of their
   * own.
   */
  @Test
  void twoLinksInBothDirections_bringTheRecordsOfTheOtherSide_andNoneBack(TwinKafka twin)
      throws Exception {
    String topic = twin.topic("two-way");
    String there = "us." + topic;
    String back = "eu." + topic;
    for (TestKafka each : List.of(twin.source(), twin.target())) {
      KafkaTopics.of(each).create(topic, 1, Map.of());
    }
    try (Replicator first =
            Links.link(twin.source(), twin.target(), topic)
                .topicMapper(TopicMapper.prefixed("us."))
                .build();
        Replicator second =
            Links.link(twin.target(), twin.source(), topic)
                .topicMapper(TopicMapper.prefixed("eu."))
                .build()) {
      first.start();
      second.start();
      for (int round = 1; round <= 2; round++) {
        send(twin.source(), topic, "src", round);
        send(twin.target(), topic, "dst", round);
        Links.awaitCaughtUp(first);
        Links.awaitCaughtUp(second);
        int sent = 10 * round;
        assertThat(KafkaTopics.of(twin.source()).read(topic)).hasSize(sent);
        assertThat(KafkaTopics.of(twin.target()).read(topic)).hasSize(sent);
        assertThat(KafkaTopics.of(twin.source()).read(back)).hasSize(sent);
        assertThat(KafkaTopics.of(twin.target()).read(there)).hasSize(sent);
      }
      for (Replicator replicator : List.of(first, second)) {
        replicator.syncNow(); // finds nothing of what the other one has brought
        assertThat(replicator.status().partitions()).hasSize(1);
      }
    }
    MirrorAssertions.assertMirrored(twin.source(), topic, twin.target(), there);
    MirrorAssertions.assertMirrored(twin.target(), topic, twin.source(), back);
  }

  private static void send(TestKafka kafka, String topic, String from, int round) {
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      records.add(new ProducerRecord<>(topic, 0, null, Links.bytes(from + "-" + round + "-" + i)));
    }
    KafkaTopics.of(kafka).send(records);
  }

  /** MirrorMaker 2: IdentityReplicationIntegrationTest.testReplication. */
  @Test
  void underEqualNames_mirrorMakersClientFindsTheCluster_andTheGroupContinuesExactly(TwinKafka twin)
      throws Exception {
    String topic = twin.topic("test-topic-1");
    String later = twin.topic("test-topic-2");
    String group = twin.topic("group");
    TopicPartition first = new TopicPartition(topic, 0);
    KafkaTopics.of(twin.source()).create(topic, 1, Map.of("cleanup.policy", "compact"));
    KafkaTopics.of(twin.source()).sendNumbered(topic, 100);
    Groups.commit(twin.source(), group, first, 60);
    Map<String, Object> client = new HashMap<>(twin.target().clientProperties());
    client.put("replication.policy.class", IdentityReplicationPolicy.class.getName());
    try (Replicator replicator =
            Links.link(twin.source(), twin.target(), "replaced")
                .source(
                    KafkaSource.from(Links.cluster("primary", twin.source()))
                        .topics(TopicSelector.matching("test-topic-\\d" + twin.topic("")))
                        .path(Links.path())
                        .build())
                .groupSync(QUICK)
                .mirrorMakerTopics(MirrorMakerTopics.off().checkpoints().heartbeats())
                .build();
        MirrorClient backup = new MirrorClient(client)) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      MirrorAssertions.assertMirrored(twin.source(), twin.target(), topic);
      assertThat(configs(twin.target(), topic)).containsEntry("cleanup.policy", "compact");
      Groups.awaitState(replicator, group, first, 60, GroupState.SYNCED);
      long position = translated(replicator, first, 60);
      await()
          .atMost(Links.LIMIT)
          .untilAsserted(
              () ->
                  assertThat(backup.remoteConsumerOffsets(group, "primary", Duration.ofSeconds(20)))
                      .containsExactly(Map.entry(first, new OffsetAndMetadata(position))));
      await().atMost(Links.LIMIT).until(() -> backup.upstreamClusters().contains("primary"));
      assertThat(backup.replicationHops("primary")).isEqualTo(1);
      assertThat(Groups.readToTheEnd(twin.target(), group, "consumer", Set.of(first)).get(first))
          .hasSize(40)
          .first()
          .satisfies(one -> assertThat(one.offset()).isEqualTo(position));

      KafkaTopics.of(twin.source()).create(later, 3, Map.of());
      KafkaTopics.of(twin.source()).send(Links.records(later, 0, 20));
      await().atMost(Links.LIMIT).until(() -> replicator.status().partitions().size() == 4);
      Links.awaitCaughtUp(replicator);
    }
    MirrorAssertions.assertMirrored(twin.source(), twin.target(), later);
  }

  /** MirrorMaker 2: IdentityReplicationIntegrationTest.testSyncTopicConfiguration. */
  @Test
  void configsSetInTheTarget_areThoseOfTheSourceAgain_unlessTheyAreExcluded(TwinKafka twin)
      throws Exception {
    String topic = twin.topic("with-config");
    KafkaTopics.of(twin.source())
        .create(topic, 1, Map.of("delete.retention.ms", "1000", "retention.bytes", "1000000"));
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), topic)
            .topicSync(
                TopicSync.defaults()
                    .configs(
                        ConfigSync.defaults()
                            .excluding("delete\\.retention\\.ms")
                            .interval(Duration.ofMillis(300))))
            .build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      assertThat(configs(twin.target(), topic))
          .containsEntry("retention.bytes", "1000000")
          .doesNotContainEntry("delete.retention.ms", "1000");
      ConfigSyncIT.alter(
          twin.target(),
          new ConfigResource(ConfigResource.Type.TOPIC, topic),
          Map.of(
              "delete.retention.ms", Optional.of("2000"),
              "retention.bytes", Optional.of("2000000")));
      await()
          .atMost(Links.LIMIT)
          .untilAsserted(
              () ->
                  assertThat(configs(twin.target(), topic))
                      .containsEntry("retention.bytes", "1000000")
                      .containsEntry("delete.retention.ms", "2000"));
    }
  }

  private static Map<String, String> configs(TestKafka kafka, String topic) throws Exception {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    Map<String, String> configs = new HashMap<>();
    try (Admin admin = kafka.admin()) {
      admin
          .describeConfigs(List.of(resource))
          .all()
          .get()
          .get(resource)
          .entries()
          .forEach(entry -> configs.put(entry.name(), entry.value()));
    }
    return configs;
  }
}
