package dev.twinlog.internal.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.spi.TopicDescription;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

final class TopicPlanTest {
  private static TopicPlan plan(
      int factor, Map<String, String> configs, OptionalInt set, int brokers) {
    return TopicPlan.of(
        TopicDescription.of("t", Optional.empty(), 4, factor, configs), set, brokers);
  }

  @Test
  void aTarget_alwaysStoresWhatItIsGiven() {
    TopicPlan plan = plan(1, Map.of(), OptionalInt.empty(), 3);
    assertThat(plan.partitions()).isEqualTo(4);
    assertThat(plan.configs())
        .isEqualTo(
            Map.of(
                "compression.type", "producer",
                "message.timestamp.type", "CreateTime",
                "message.timestamp.before.max.ms", "9223372036854775807",
                "message.timestamp.after.max.ms", "9223372036854775807"));
    assertThat(plan.notes()).isEmpty();
  }

  @Test
  void whatBelongsToTheSourceCluster_isNotCopiedAndNoted() {
    TopicPlan plan =
        plan(
            1,
            Map.of(
                "retention.ms", "5",
                "cleanup.policy", "compact",
                "remote.storage.enable", "true",
                "unclean.leader.election.enable", "true",
                "leader.replication.throttled.replicas", "*",
                "message.timestamp.type", "LogAppendTime",
                "compression.type", "zstd"),
            OptionalInt.empty(),
            3);
    assertThat(plan.configs())
        .containsEntry("retention.ms", "5")
        .containsEntry("cleanup.policy", "compact")
        .containsEntry("compression.type", "producer")
        .containsEntry("message.timestamp.type", "CreateTime")
        .hasSize(6);
    assertThat(plan.notes())
        .containsExactly(
            "not copied: leader.replication.throttled.replicas=*",
            "not copied: message.timestamp.type=LogAppendTime",
            "not copied: remote.storage.enable=true",
            "not copied: unclean.leader.election.enable=true");
  }

  @Test
  void replication_isCappedByTheBrokers_andMinIsrByReplication() {
    TopicPlan plan = plan(3, Map.of("min.insync.replicas", "2"), OptionalInt.empty(), 1);
    assertThat(plan.replicationFactor()).isEqualTo(1);
    assertThat(plan.configs()).containsEntry("min.insync.replicas", "1");
    assertThat(plan.notes()).hasSize(2);
  }

  @Test
  void whatTheUserDecided_isNotCapped() {
    assertThat(plan(1, Map.of(), OptionalInt.of(3), 1).replicationFactor()).isEqualTo(3);
    assertThat(plan(3, Map.of("min.insync.replicas", "2"), OptionalInt.of(2), 5).notes())
        .containsExactly("replication factor is 2, at the source 3");
  }
}
