package dev.twinlog.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.PartitionState;
import dev.twinlog.spi.TopicDescription;
import dev.twinlog.testkit.SteppedReplicator;
import java.time.Duration;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests topics that are paused by name, in virtual time. */
final class EngineSteeringTest extends EngineCase {
  private static final TopicPartition USERS_0 = new TopicPartition("users", 0);

  @BeforeEach
  void createTopics() {
    east.createTopic("orders", 1);
    east.createTopic("users", 1);
  }

  private SteppedReplicator started() {
    SteppedReplicator link = link(builder());
    link.start();
    link.advance(Duration.ofSeconds(1));
    return link;
  }

  private int copied(TopicPartition partition) {
    TopicDescription there = west.describe(List.of(partition.topic())).get(partition.topic());
    return there != null && partition.partition() < there.partitions()
        ? west.records(partition).size()
        : 0;
  }

  @Test
  void pauseTopics_topicThatGrows_waitsWithItsNewPartitions() {
    produce(ORDERS_0, 10);
    SteppedReplicator link = started();
    link.replicator().pauseTopics(List.of("orders"));
    link.settle();
    assertThat(state(link, ORDERS_0)).isEqualTo(PartitionState.PAUSED);
    east.addPartitions("orders", 2);
    produce(ORDERS_0, 10);
    produce(ORDERS_1, 10);
    produce(USERS_0, 10);
    link.advance(Duration.ofSeconds(31));
    assertThat(state(link, ORDERS_1)).isEqualTo(PartitionState.PAUSED);
    assertThat(copied(ORDERS_0)).isEqualTo(10);
    assertThat(copied(ORDERS_1)).isZero();
    assertThat(copied(USERS_0)).isEqualTo(10);
    assertThat(link.status().pausedTopics()).containsExactly("orders");
    assertThat(link.status().toString()).contains("paused topics: orders");
    link.replicator().resumeTopics(List.of("orders"));
    link.settle();
    assertThat(link.status().pausedTopics()).isEmpty();
    assertThat(values(west, ORDERS_0)).isEqualTo(values(east, ORDERS_0));
    assertThat(values(west, ORDERS_1)).isEqualTo(values(east, ORDERS_1));
  }

  @Test
  void pauseTopics_beforeTheStart_copiesNothingOfThem() {
    produce(ORDERS_0, 10);
    produce(USERS_0, 10);
    SteppedReplicator link = link(builder());
    link.replicator().pauseTopics(List.of("orders"));
    assertThat(link.status().pausedTopics()).containsExactly("orders");
    link.start();
    link.advance(Duration.ofSeconds(5));
    assertThat(state(link, ORDERS_0)).isEqualTo(PartitionState.PAUSED);
    assertThat(copied(ORDERS_0)).isZero();
    assertThat(copied(USERS_0)).isEqualTo(10);
    link.replicator().resumeTopics(List.of("orders"));
    link.settle();
    assertThat(copied(ORDERS_0)).isEqualTo(10);
  }

  @Test
  void pauseTopics_unknownName_isRefused() {
    SteppedReplicator link = started();
    assertThatThrownBy(() -> link.replicator().pauseTopics(List.of("orders", "odrers")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("has no source topic [odrers]");
    assertThatThrownBy(() -> link.replicator().resumeTopics(List.of("odrers")))
        .isInstanceOf(IllegalArgumentException.class);
    link.settle();
    assertThat(link.status().pausedTopics()).isEmpty();
    assertThat(state(link, ORDERS_0)).isEqualTo(PartitionState.CAUGHT_UP);
  }

  @Test
  void resume_link_endsPausesOfTopics() {
    SteppedReplicator link = started();
    link.replicator().pauseTopics(List.of("orders"));
    link.settle();
    link.replicator().resume();
    link.settle();
    assertThat(link.status().pausedTopics()).isEmpty();
    east.addPartitions("orders", 2);
    produce(ORDERS_0, 10);
    produce(ORDERS_1, 10);
    link.advance(Duration.ofSeconds(31));
    assertThat(copied(ORDERS_0)).isEqualTo(10);
    assertThat(copied(ORDERS_1)).isEqualTo(10);
  }

  @Test
  void resume_partitionOfAPausedTopic_copiesThatOneAlone() {
    east.addPartitions("orders", 2);
    SteppedReplicator link = started();
    link.replicator().pauseTopics(List.of("orders"));
    link.settle();
    link.replicator().resume(List.of(ORDERS_0));
    produce(ORDERS_0, 10);
    produce(ORDERS_1, 10);
    link.advance(Duration.ofSeconds(31));
    assertThat(copied(ORDERS_0)).isEqualTo(10);
    assertThat(copied(ORDERS_1)).isZero();
    assertThat(link.status().pausedTopics()).containsExactly("orders");
  }

  @Test
  void pauseTopics_nextStart_copiesAgain() {
    SteppedReplicator first = started();
    first.replicator().pauseTopics(List.of("orders"));
    first.settle();
    produce(ORDERS_0, 10);
    first.replicator().close();
    first.settle();
    assertThatThrownBy(() -> first.replicator().pauseTopics(List.of("orders")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("can't be paused, it is STOPPED");
    started();
    assertThat(copied(ORDERS_0)).isEqualTo(10);
  }
}
