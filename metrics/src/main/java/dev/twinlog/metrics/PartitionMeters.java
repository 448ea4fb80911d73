package dev.twinlog.metrics;

import dev.twinlog.PartitionState;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What is measured of one source partition, in series of its own or in those of its topic.
 *
 * <p>The methods are guarded by the lock of {@link TwinlogMeters}; the fields may be used on any
 * thread.
 */
final class PartitionMeters {
  final TopicMeters topic;
  final PartitionSeries series;

  private final int partition;
  private @Nullable PartitionState state;

  PartitionMeters(TopicMeters topic, PartitionSeries series, int partition) {
    this.topic = topic;
    this.series = series;
    this.partition = partition;
  }

  void state(PartitionState now) {
    topic.moved(state, now);
    state = now;
  }

  /** NaN where the lag is not known. */
  void lag(double records, Duration time) {
    PartitionSeries.Figures figures = series.figures(partition);
    figures.lagRecords = records;
    figures.lagMillis = time.toMillis();
    series.showLag();
  }

  void heldBack(long offsets, Duration time) {
    PartitionSeries.Figures figures = series.figures(partition);
    figures.heldOffsets = offsets;
    figures.heldMillis = time.toMillis();
    if (offsets > 0) {
      series.showHeldBack();
    }
  }

  void exact(boolean now) {
    series.figures(partition).exact = now;
    series.showExact();
  }

  /** The partition has left the link. */
  void removed() {
    topic.moved(state, null);
    state = null;
    series.removed(partition);
  }
}
