package dev.twinlog.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.PartitionState;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests meters that have no series of partitions. */
final class MetersPerTopicTest {
  private static final TopicPartition FIRST = new TopicPartition("orders", 0);
  private static final TopicPartition SECOND = new TopicPartition("orders", 1);

  private final MeterRegistry registry = new SimpleMeterRegistry();
  private final TwinlogMeters meters = TwinlogMeters.perTopic();

  @BeforeEach
  void open() {
    meters.bindTo(registry);
    meters.linkOpened("x");
  }

  @AfterEach
  void close() {
    meters.close();
    registry.close();
  }

  private double value(TwinlogMeter meter) {
    return registry
        .get(meter.getName())
        .tags("link", "x", "topic", "orders", "partition", "all")
        .meter()
        .measure()
        .iterator()
        .next()
        .getValue();
  }

  private void copied(TopicPartition source, long records, long bytes) {
    meters.copied(MetersCase.route(source), records, bytes, Duration.ofMillis(1));
  }

  @Test
  void counters_areSums() {
    copied(FIRST, 10, 100);
    copied(SECOND, 1, 7);

    assertThat(value(TwinlogMeter.RECORDS)).isEqualTo(11);
    assertThat(value(TwinlogMeter.BYTES)).isEqualTo(107);
    assertThat(meters.bytesCopied()).isEqualTo(107);
  }

  @Test
  void lag_isTheSumOfRecords_andTheLongestTime_andUnknownIfOneIs() {
    meters.lag(FIRST, 10, Duration.ofSeconds(1));
    meters.lag(SECOND, 5, Duration.ofSeconds(3));
    assertThat(value(TwinlogMeter.LAG_RECORDS)).isEqualTo(15);
    assertThat(value(TwinlogMeter.LAG_TIME)).isEqualTo(3);

    meters.lagUnknown(FIRST, Duration.ofSeconds(9));
    assertThat(value(TwinlogMeter.LAG_RECORDS)).isNaN();
    assertThat(value(TwinlogMeter.LAG_TIME)).isEqualTo(9);
  }

  @Test
  void heldBackIsSummed_andExactOnlyIfAllAre() {
    meters.heldBack(FIRST, 4, Duration.ofSeconds(1));
    meters.heldBack(SECOND, 3, Duration.ofSeconds(8));
    meters.guarantee(FIRST, true);
    assertThat(value(TwinlogMeter.EXACT)).isEqualTo(1);
    meters.guarantee(SECOND, false);

    assertThat(value(TwinlogMeter.HELD_BACK_RECORDS)).isEqualTo(7);
    assertThat(value(TwinlogMeter.HELD_BACK_TIME)).isEqualTo(8);
    assertThat(value(TwinlogMeter.EXACT)).isZero();
  }

  @Test
  void thePartitionThatLeavesLast_takesTheGauges() {
    meters.partitionState(FIRST, PartitionState.COPYING);
    meters.partitionState(SECOND, PartitionState.COPYING);
    copied(FIRST, 1, 1);
    meters.lag(FIRST, 10, Duration.ZERO);
    meters.lag(SECOND, 5, Duration.ZERO);

    meters.partitionRemoved(FIRST);
    assertThat(value(TwinlogMeter.LAG_RECORDS)).isEqualTo(5);
    meters.partitionRemoved(SECOND);
    assertThat(registry.find(TwinlogMeter.LAG_RECORDS.getName()).meter()).isNull();
    assertThat(value(TwinlogMeter.RECORDS)).isEqualTo(1);
  }

  @Test
  void aThousandPartitions_makeTheSeriesOfOne() {
    meters.lag(FIRST, 1, Duration.ZERO);
    copied(FIRST, 1, 1);
    int before = registry.getMeters().size();
    for (int i = 1; i < 1_000; i++) {
      TopicPartition source = new TopicPartition("orders", i);
      meters.lag(source, 1, Duration.ZERO);
      copied(source, 1, 1);
    }
    assertThat(registry.getMeters()).hasSize(before);
    assertThat(value(TwinlogMeter.LAG_RECORDS)).isEqualTo(1_000);
  }
}
