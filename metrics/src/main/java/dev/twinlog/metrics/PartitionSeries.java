package dev.twinlog.metrics;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The series with the tag {@code partition}: of one source partition, or of all partitions of a
 * topic together. The counters stay; the gauges are registered with the first figures and removed
 * with the last partition.
 *
 * <p>The methods are guarded by the lock of {@link TwinlogMeters}; the counters may be used on any
 * thread, and registries read the gauges on theirs.
 */
final class PartitionSeries {
  /** The tag of all partitions of a topic together. */
  static final String ALL = "all";

  final CounterSeries records;
  final CounterSeries bytes;

  private final Registries registries;
  private final String[] tagValues;
  private final Map<Integer, Figures> partitions = new ConcurrentHashMap<>();
  private List<GaugeSeries> lagGauges = List.of();
  private List<GaugeSeries> heldGauges = List.of();
  private @Nullable GaugeSeries exactGauge;

  /** What is known of one partition. Written under the lock, read on any thread. */
  static final class Figures {
    volatile double lagRecords;
    volatile long lagMillis;
    volatile boolean exact = true;
    volatile long heldOffsets;
    volatile long heldMillis;
  }

  PartitionSeries(Registries registries, String link, String topic, String partition) {
    this.registries = registries;
    tagValues = new String[] {link, topic, partition};
    records = registries.add(new CounterSeries(TwinlogMeter.RECORDS, tagValues));
    bytes = registries.add(new CounterSeries(TwinlogMeter.BYTES, tagValues));
  }

  Figures figures(int partition) {
    return partitions.computeIfAbsent(partition, one -> new Figures());
  }

  /** NaN if the lag of one is not known. */
  private double lagRecords() {
    return sum(one -> one.lagRecords);
  }

  private double sum(ToDoubleFunction<Figures> figure) {
    return partitions.values().stream().mapToDouble(figure).sum();
  }

  private long max(ToLongFunction<Figures> figure) {
    return partitions.values().stream().mapToLong(figure).max().orElse(0);
  }

  void showLag() {
    if (lagGauges.isEmpty()) {
      lagGauges =
          List.of(
              registries.add(GaugeSeries.of(TwinlogMeter.LAG_RECORDS, this::lagRecords, tagValues)),
              registries.add(
                  GaugeSeries.ofMillis(
                      TwinlogMeter.LAG_TIME, () -> max(one -> one.lagMillis), tagValues)));
    }
  }

  /** Most partitions never have records that are held back, and get no such gauges. */
  void showHeldBack() {
    if (heldGauges.isEmpty()) {
      heldGauges =
          List.of(
              registries.add(
                  GaugeSeries.of(
                      TwinlogMeter.HELD_BACK_RECORDS,
                      () -> sum(one -> one.heldOffsets),
                      tagValues)),
              registries.add(
                  GaugeSeries.ofMillis(
                      TwinlogMeter.HELD_BACK_TIME, () -> max(one -> one.heldMillis), tagValues)));
    }
  }

  void showExact() {
    if (exactGauge == null) {
      exactGauge =
          registries.add(
              GaugeSeries.of(
                  TwinlogMeter.EXACT,
                  () -> partitions.values().stream().allMatch(one -> one.exact) ? 1 : 0,
                  tagValues));
    }
  }

  /** A partition has left the link. */
  void removed(int partition) {
    partitions.remove(partition);
    if (!partitions.isEmpty()) {
      return;
    }
    lagGauges.forEach(registries::remove);
    lagGauges = List.of();
    heldGauges.forEach(registries::remove);
    heldGauges = List.of();
    if (exactGauge != null) {
      registries.remove(exactGauge);
      exactGauge = null;
    }
  }
}
