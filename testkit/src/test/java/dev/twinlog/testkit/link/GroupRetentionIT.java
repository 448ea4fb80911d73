package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twinlog.GroupState;
import dev.twinlog.GroupSync;
import dev.twinlog.Replicator;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.junit.CleanAfterEach;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tests groups that don't move, in a target that forgets positions after a minute. */
@CleanAfterEach
final class GroupRetentionIT {

  @Test
  @Tag("long")
  void groupsThatDoNotMove_outliveTheRetentionOfTheTarget() throws Exception {
    try (EmbeddedKafka source = EmbeddedKafka.start();
        EmbeddedKafka target =
            EmbeddedKafka.builder()
                .config("offsets.retention.minutes", "1")
                .config("offsets.retention.check.interval.ms", "1000")
                .start()) {
      KafkaTopics.of(source).create("orders", 1, Map.of());
      KafkaTopics.of(source).sendNumbered("orders", 100);
      TopicPartition partition = new TopicPartition("orders", 0);
      Groups.commit(source, "idle", partition, 10);
      Groups.commit(source, "used", partition, 20);
      KafkaTopics.of(target).create("other", 1, Map.of());
      Groups.commit(target, "alone", new TopicPartition("other", 0), 30);
      try (Replicator replicator =
          Links.link(source, target, "orders")
              .groupSync(GroupSync.defaults().interval(Duration.ofMillis(500)))
              .build()) {
        replicator.start();
        Groups.awaitState(replicator, "idle", partition, 10, GroupState.SYNCED);
        Groups.awaitState(replicator, "used", partition, 20, GroupState.SYNCED);
        // the broker forgets this one a minute after it has become empty, however new its position
        try (KafkaConsumer<byte[], byte[]> member =
            Groups.member(target, "used", "classic", List.of("orders"))) {
          await()
              .atMost(Links.LIMIT)
              .pollInSameThread()
              .until(() -> !member.poll(Duration.ofMillis(50)).isEmpty());
        }
        await()
            .atMost(Duration.ofMinutes(4))
            .until(() -> Groups.committed(target, "alone").isEmpty());
        await()
            .atMost(Duration.ofMinutes(4))
            .until(() -> Groups.committed(target, "used").isEmpty());
        await().atMost(Links.LIMIT).until(() -> Groups.committed(target, "used", partition) == 20);
        assertThat(Groups.committed(target, "idle", partition)).isEqualTo(10);
      }
    }
  }
}
