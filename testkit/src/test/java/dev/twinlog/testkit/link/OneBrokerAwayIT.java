package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twinlog.PartitionState;
import dev.twinlog.ReplicationListener;
import dev.twinlog.Replicator;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.MirrorAssertions;
import dev.twinlog.testkit.NetworkLink;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import dev.twinlog.testkit.junit.ExpectedLogs;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tests a link that can't reach one of three target brokers, while other clients can. */
@TwinClusters
@Tag("long")
final class OneBrokerAwayIT {
  private static final int PARTITIONS = 6;

  /** Longer than the lease of an owner. */
  private static final Duration AWAY = Duration.ofSeconds(24);

  @Test
  @ExpectedLogs({"progress is not saved since", "registry on eu-west can't be written"})
  void unreachableOwnerCoordinator_doesNotStopActiveRoutes(TwinKafka twin) throws Exception {
    String orders = twin.topic("orders");
    twin.source().createTopic(orders, PARTITIONS);
    KafkaTopics source = KafkaTopics.of(twin.source());
    List<String> heard = Collections.synchronizedList(new ArrayList<>());
    try (NetworkLink link = NetworkLink.builder().start();
        EmbeddedKafka target = EmbeddedKafka.builder().brokers(3).via(link).start()) {
      target.createTopic(orders, PARTITIONS);
      String name = Links.newName();
      try (Replicator replicator =
          Links.link(twin.source(), link.cluster(), orders)
              .link(name)
              .onEvent(listener(heard))
              .build()) {
        replicator.start();
        source.sendNumbered(orders, 600);
        Links.awaitCaughtUp(replicator);

        int away = coordinatorOf(target, "twinlog." + name + ".owner");
        link.cut(away);
        long cut = System.nanoTime();
        // At once, before the lease ends: an acknowledgement proves the ownership of its route, a
        // marker that of an idle route. A route that is idle now and can write no marker stops.
        await()
            .atMost(Links.LIMIT)
            .pollInterval(Duration.ofSeconds(1))
            .until(
                () -> {
                  for (int written = 0; written < PARTITIONS / 2; written++) {
                    source.send(Links.records(orders, written, 10));
                  }
                  return System.nanoTime() - cut > AWAY.toNanos()
                      && replicator.status().progressUnsavedSince().isPresent();
                });
        source.sendNumbered(orders, 600);
        Map<TopicPartition, Long> ends = source.ends(orders);
        List<TopicPartition> reachable = notLedBy(target, orders, away);
        for (TopicPartition partition : reachable) {
          boolean idle = partition.partition() >= PARTITIONS / 2;
          if (idle && coordinatorOf(target, transactionalId(name, partition)) == away) {
            continue; // no marker can be written
          }
          Links.awaitPosition(replicator, partition, ends.get(partition));
          assertThat(Links.partition(replicator, partition).state())
              .isNotEqualTo(PartitionState.RETRYING);
        }
        assertThat(replicator.status().progressUnsavedSince()).isPresent();

        link.heal(away);
        Links.awaitCaughtUp(replicator);
        await()
            .atMost(Links.LIMIT)
            .until(() -> replicator.status().progressUnsavedSince().isEmpty());
      }
      MirrorAssertions.assertMirrored(twin.source(), target, orders);
    }
    assertThat(heard).containsExactly("unsaved", "saved");
  }

  private static ReplicationListener listener(List<String> heard) {
    return new ReplicationListener() {
      @Override
      public void progressUnsaved(Instant since, ReplicationException cause) {
        heard.add("unsaved");
      }

      @Override
      public void progressSaved() {
        heard.add("saved");
      }
    };
  }

  private static String transactionalId(String link, TopicPartition partition) {
    String topic = partition.topic();
    int number = partition.partition();
    return "twinlog.%s.0/%s/%d/%s/%d".formatted(link, topic, number, topic, number);
  }

  private static int coordinatorOf(EmbeddedKafka kafka, String transactionalId) throws Exception {
    try (Admin admin = kafka.admin()) {
      return admin
          .describeTransactions(List.of(transactionalId))
          .description(transactionalId)
          .get()
          .coordinatorId();
    }
  }

  private static List<TopicPartition> notLedBy(EmbeddedKafka kafka, String topic, int broker)
      throws Exception {
    try (Admin admin = kafka.admin()) {
      Map<String, TopicDescription> described =
          admin.describeTopics(List.of(topic)).allTopicNames().get();
      List<TopicPartition> partitions =
          described.get(topic).partitions().stream()
              .filter(info -> info.leader().id() != broker)
              .map(TopicPartitionInfo::partition)
              .map(number -> new TopicPartition(topic, number))
              .toList();
      assertThat(partitions).isNotEmpty();
      return partitions;
    }
  }
}
