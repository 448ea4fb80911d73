package dev.twinlog.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.LinkState;
import dev.twinlog.PartitionState;
import dev.twinlog.ReplicationListener;
import dev.twinlog.Replicator;
import dev.twinlog.StateMetrics;
import dev.twinlog.Throttle;
import dev.twinlog.ThrottleStatus;
import dev.twinlog.spi.ConfigurationException;
import dev.twinlog.testkit.InMemorySource;
import dev.twinlog.testkit.SteppedReplicator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests the throttle of a link in virtual time. */
final class EngineThrottleTest extends EngineCase {
  private static final int RECORD = 100;
  private static final TopicPartition USERS_0 = new TopicPartition("users", 0);

  private final Told told = new Told();

  @BeforeEach
  void createTopics() {
    east.createTopic("orders", 2);
    east.createTopic("users", 1);
  }

  /** Batches of five records, so that one batch is little of what a second lets through. */
  private Replicator.Builder throttled(Throttle throttle) {
    return builder()
        .source(InMemorySource.builder(east).maxBatchRecords(5).build())
        .metrics(told)
        .onEvent(told)
        .throttle(throttle);
  }

  private SteppedReplicator started(Throttle throttle) {
    SteppedReplicator link = link(throttled(throttle));
    link.start();
    return link;
  }

  private void append(TopicPartition partition, int count) {
    for (int i = 0; i < count; i++) {
      append(partition, "x".repeat(RECORD));
    }
  }

  private void append(TopicPartition partition, String value) {
    east.append(partition, null, value);
  }

  private int copied(TopicPartition partition) {
    return west.topics().contains(partition.topic()) ? west.records(partition).size() : 0;
  }

  private int copied() {
    return copied(ORDERS_0) + copied(ORDERS_1) + copied(USERS_0);
  }

  @Test
  void bytesPerSecond_tenSeconds_readsAtThatRate() {
    append(ORDERS_0, 3_000);
    append(ORDERS_1, 3_000);
    SteppedReplicator link = started(Throttle.bytesPerSecond(100 * RECORD));
    link.advance(Duration.ofSeconds(10));
    assertThat(copied()).isCloseTo(1_000, Percentage.withPercentage(5));
    assertThat(copied(ORDERS_0)).isCloseTo(500, Percentage.withPercentage(10));
  }

  @Test
  void bytesPerSecond_severalLanes_countsAllOfThem() {
    append(ORDERS_0, 3_000);
    append(ORDERS_1, 3_000);
    append(USERS_0, 3_000);
    SteppedReplicator link = link(throttled(Throttle.bytesPerSecond(100 * RECORD)).lanes(3));
    link.start();
    link.advance(Duration.ofSeconds(10));
    assertThat(copied()).isCloseTo(1_000, Percentage.withPercentage(5));
  }

  @Test
  void bytesPerSecond_afterASilence_letsOneSecondThroughAtOnce() {
    append(ORDERS_0, 1);
    SteppedReplicator link = started(Throttle.bytesPerSecond(100 * RECORD));
    link.advance(Duration.ofSeconds(30));
    append(ORDERS_0, 3_000);
    link.settle();
    assertThat(copied(ORDERS_0)).isBetween(80, 120);
  }

  @Test
  void bytesPerSecond_largeAndSmallTopic_haveEqualShares() {
    append(ORDERS_0, 5_000);
    append(ORDERS_1, 5_000);
    append(USERS_0, 100);
    SteppedReplicator link = started(Throttle.bytesPerSecond(100 * RECORD));
    link.advance(Duration.ofMillis(2_500));
    assertThat(copied(USERS_0)).isEqualTo(100);
    assertThat(copied()).isBetween(200, 280);
    link.advance(Duration.ofSeconds(10));
    assertThat(copied()).isCloseTo(1_250, Percentage.withPercentage(5));
  }

  @Test
  void bytesPerSecond_manyPartitions_areNotReadAllAtOnce() {
    east.createTopic("wide", 200);
    for (int i = 0; i < 200; i++) {
      append(new TopicPartition("wide", i), 20);
    }
    SteppedReplicator link = started(Throttle.bytesPerSecond(100 * RECORD));
    link.advance(Duration.ofSeconds(20)); // the first poll reads a batch of each partition
    int copied = 0;
    for (int i = 0; i < 200; i++) {
      copied += copied(new TopicPartition("wide", i));
    }
    assertThat(copied).isCloseTo(2_000, Percentage.withPercentage(5));
    assertThat(link.status().throttle().partitions()).isBetween(150, 200);
  }

  @Test
  void throttle_fromOneByteToNone_doesNotWaitForWhatIsOwed() {
    append(ORDERS_0, 1_000);
    SteppedReplicator link = started(Throttle.bytesPerSecond(1));
    link.advance(Duration.ofSeconds(5));
    assertThat(copied()).isBetween(1, 10);
    link.replicator().throttle(Throttle.none());
    link.settle();
    assertThat(copied()).isEqualTo(1_000);
    assertThat(told.events).containsExactly("1 bytes/s -> no throttle");
    assertThat(told.limits).containsExactly(Throttle.bytesPerSecond(1), Throttle.none());
  }

  @Test
  void throttle_fromNone_holdsBackAtOnceAndAtTheNewRate() {
    SteppedReplicator link = started(Throttle.none());
    link.replicator().throttle(Throttle.bytesPerSecond(10 * RECORD));
    link.replicator().throttle(Throttle.bytesPerSecond(10 * RECORD));
    append(ORDERS_0, 1_000);
    link.advance(Duration.ofSeconds(20));
    assertThat(copied()).isCloseTo(200, Percentage.withPercentage(8));
    link.replicator().throttle(Throttle.bytesPerSecond(50 * RECORD));
    link.advance(Duration.ofSeconds(10));
    assertThat(copied()).isCloseTo(700, Percentage.withPercentage(5));
    assertThat(told.events)
        .containsExactly("no throttle -> 1000 bytes/s", "1000 bytes/s -> 5000 bytes/s");
  }

  @Test
  void catchUpOnly_partitionAtItsEnd_isNotHeldBack() {
    append(ORDERS_0, 3_000);
    SteppedReplicator link = started(Throttle.bytesPerSecond(10 * RECORD).catchUpOnly());
    link.advance(Duration.ofSeconds(10));
    append(ORDERS_1, 500);
    append(USERS_0, 500);
    link.settle();
    assertThat(copied(ORDERS_1)).isEqualTo(500);
    assertThat(copied(USERS_0)).isEqualTo(500);
    assertThat(copied(ORDERS_0)).isBetween(90, 110);
    link.replicator().throttle(Throttle.none());
    link.settle();
    link.replicator().throttle(Throttle.bytesPerSecond(10 * RECORD).catchUpOnly());
    append(ORDERS_0, 500);
    link.settle();
    assertThat(copied(ORDERS_0)).isEqualTo(3_500);
  }

  @Test
  void bytesPerSecond_batchThatIsLargerThanASecond_isCopiedAndPaidForAfterwards() {
    append(ORDERS_0, "x".repeat(50 * RECORD));
    append(ORDERS_0, "x".repeat(50 * RECORD));
    SteppedReplicator link =
        link(
            throttled(Throttle.bytesPerSecond(RECORD))
                .source(InMemorySource.builder(east).maxBatchRecords(1).build()));
    link.start();
    link.advance(Duration.ofSeconds(2));
    assertThat(copied()).isEqualTo(1);
    link.advance(Duration.ofSeconds(47));
    assertThat(copied()).isEqualTo(1);
    link.advance(Duration.ofSeconds(3));
    assertThat(copied()).isEqualTo(2);
  }

  @Test
  void status_heldBack_saysSoAndIsNotCaughtUp() {
    append(ORDERS_0, 5);
    SteppedReplicator link = started(Throttle.bytesPerSecond(RECORD / 10));
    link.advance(Duration.ofSeconds(4));
    assertThat(copied()).isEqualTo(5);
    assertThat(state(link, ORDERS_0)).isNotEqualTo(PartitionState.CAUGHT_UP);
    assertThat(state(link, ORDERS_1)).isEqualTo(PartitionState.CAUGHT_UP);
    ThrottleStatus shown = link.status().throttle();
    assertThat(shown.partitions()).isEqualTo(1);
    assertThat(shown.holdingSince()).isPresent();
    assertThat(shown.held()).isBetween(Duration.ofSeconds(3), Duration.ofSeconds(5));
    assertThat(told.held).isBetween(Duration.ofSeconds(2), shown.held());
    append(ORDERS_0, 5);
    link.advance(Duration.ofSeconds(12));
    assertThat(link.status().partitions().get(ORDERS_0).lagRecords()).isEqualTo(5);
    assertThat(link.status().toString()).contains("10 bytes/s, holding partitions back since");
    link.advance(Duration.ofMinutes(2));
    assertThat(copied()).isEqualTo(10);
    assertThat(state(link, ORDERS_0)).isEqualTo(PartitionState.CAUGHT_UP);
    assertThat(link.status().throttle().holdingSince()).isEmpty();
    assertThat(link.status().throttle().partitions()).isZero();
  }

  @Test
  void close_heldBack_endsAtOnceAndContinuesExactly() {
    append(ORDERS_0, 1_000);
    SteppedReplicator first = started(Throttle.bytesPerSecond(1));
    first.advance(Duration.ofSeconds(3));
    first.replicator().close();
    first.settle();
    assertThat(first.isEnded()).isTrue();
    assertThat(first.status().state()).isEqualTo(LinkState.STOPPED);
    assertThat(first.status().throttle().partitions()).isZero();
    assertThatThrownBy(() -> first.replicator().throttle(Throttle.none()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("can't be throttled, it is STOPPED");
    SteppedReplicator second =
        link(builder().source(InMemorySource.from(east)).throttle(Throttle.none()));
    second.start();
    assertThat(copied()).isEqualTo(1_000);
  }

  @Test
  void bytesPerSecond_lessThanOne_isRefused() {
    assertThatThrownBy(() -> Throttle.bytesPerSecond(0))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("bytesPerSecond was 0 but must be at least 1")
        .hasMessageContaining("call pause()");
    assertThatThrownBy(() -> Throttle.bytesPerSecond(-5))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("bytesPerSecond was -5");
  }

  /** What a link tells of its throttle. */
  private static final class Told implements ReplicationListener, StateMetrics {
    private final List<String> events = new ArrayList<>();
    private final List<Throttle> limits = new ArrayList<>();
    private Duration held = Duration.ZERO;

    @Override
    public void throttleChanged(Throttle from, Throttle to) {
      events.add(from + " -> " + to);
    }

    @Override
    public void throttle(Throttle now) {
      limits.add(now);
    }

    @Override
    public void throttled(Duration time) {
      held = held.plus(time);
    }

    @Override
    public void linkState(LinkState state) {}

    @Override
    public void partitionState(TopicPartition source, PartitionState state) {}
  }
}
