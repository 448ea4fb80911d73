package dev.twinlog.metrics;

import dev.twinlog.PartitionState;
import java.time.Duration;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * The meters of one source partition. The counters stay; the gauges are registered with the first
 * figures and removed with the partition.
 *
 * <p>The methods are guarded by the lock of {@link TwinlogMeters}; the fields may be used on any
 * thread.
 */
final class PartitionMeters {
  final TopicMeters topic;
  final CounterSeries records;
  final CounterSeries bytes;

  private final Registries registries;
  private final String[] tagValues;
  private volatile double lagRecords;
  private volatile long lagMillis;
  private volatile boolean exact;
  private volatile long heldOffsets;
  private volatile long heldMillis;
  private List<GaugeSeries> gauges = List.of();
  private List<GaugeSeries> heldGauges = List.of();
  private @Nullable GaugeSeries exactGauge;
  private @Nullable PartitionState state;

  PartitionMeters(Registries registries, String link, TopicPartition source, TopicMeters topic) {
    this.registries = registries;
    this.topic = topic;
    tagValues = new String[] {link, source.topic(), Integer.toString(source.partition())};
    records = registries.add(new CounterSeries(TwinlogMeter.RECORDS, tagValues));
    bytes = registries.add(new CounterSeries(TwinlogMeter.BYTES, tagValues));
  }

  void state(PartitionState now) {
    topic.moved(state, now);
    state = now;
  }

  /** NaN where the lag is not known. */
  void lag(double records, Duration time) {
    lagRecords = records;
    lagMillis = time.toMillis();
    if (gauges.isEmpty()) {
      gauges =
          List.of(
              registries.add(GaugeSeries.of(TwinlogMeter.LAG_RECORDS, () -> lagRecords, tagValues)),
              registries.add(
                  GaugeSeries.ofMillis(TwinlogMeter.LAG_TIME, () -> lagMillis, tagValues)));
    }
  }

  /** Most partitions never have records that are held back, and get no such gauges. */
  void heldBack(long offsets, Duration time) {
    heldOffsets = offsets;
    heldMillis = time.toMillis();
    if (heldGauges.isEmpty() && offsets > 0) {
      heldGauges =
          List.of(
              registries.add(
                  GaugeSeries.of(TwinlogMeter.HELD_BACK_RECORDS, () -> heldOffsets, tagValues)),
              registries.add(
                  GaugeSeries.ofMillis(TwinlogMeter.HELD_BACK_TIME, () -> heldMillis, tagValues)));
    }
  }

  void exact(boolean now) {
    exact = now;
    if (exactGauge == null) {
      exactGauge =
          registries.add(GaugeSeries.of(TwinlogMeter.EXACT, () -> exact ? 1 : 0, tagValues));
    }
  }

  /** The partition has left the link; removes its gauges. */
  void removed() {
    topic.moved(state, null);
    state = null;
    gauges.forEach(registries::remove);
    gauges = List.of();
    heldGauges.forEach(registries::remove);
    heldGauges = List.of();
    if (exactGauge != null) {
      registries.remove(exactGauge);
      exactGauge = null;
    }
  }
}
