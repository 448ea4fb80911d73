package dev.twinlog.metrics;

import dev.twinlog.PartitionState;
import dev.twinlog.spi.BatchHandling;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The meters of one source topic. The counters and the timer stay; the gauges exist while a
 * partition of the topic has a state.
 *
 * <p>{@link #moved} is guarded by the lock of {@link TwinlogMeters}; everything else may be used on
 * any thread.
 */
final class TopicMeters {
  final CounterSeries filtered;
  final CounterSeries retries;
  final CounterSeries rewinds;
  final CounterSeries skipped;
  final CounterSeries deadLetters;
  final CounterSeries configChanges;
  final CounterSeries errors;
  final TimerSeries latency;

  private final Registries registries;
  private final String link;
  private final String topic;
  private @Nullable CounterSeries verified;
  private final Map<BatchHandling, CounterSeries> batches = new ConcurrentHashMap<>();
  private final Map<PartitionState, AtomicInteger> partitionsByState =
      new EnumMap<>(PartitionState.class);
  private final List<GaugeSeries> gauges = new ArrayList<>();
  private int partitions;

  TopicMeters(Registries registries, String link, String topic) {
    this.registries = registries;
    this.link = link;
    this.topic = topic;
    for (PartitionState state : PartitionState.values()) {
      partitionsByState.put(state, new AtomicInteger());
    }
    filtered = registries.add(new CounterSeries(TwinlogMeter.FILTERED_RECORDS, link, topic));
    retries = registries.add(new CounterSeries(TwinlogMeter.RETRIES, link, topic));
    rewinds = registries.add(new CounterSeries(TwinlogMeter.REWINDS, link, topic));
    skipped = registries.add(new CounterSeries(TwinlogMeter.SKIPPED_OFFSETS, link, topic));
    deadLetters = registries.add(new CounterSeries(TwinlogMeter.DEAD_LETTERS, link, topic));
    configChanges = registries.add(new CounterSeries(TwinlogMeter.CONFIG_CHANGES, link, topic));
    errors = registries.add(new CounterSeries(TwinlogMeter.ERRORS, link, topic));
    latency = registries.add(new TimerSeries(TwinlogMeter.LATENCY, link, topic));
  }

  /** Counts the batches that were handled in this way; the series begins with the first of them. */
  CounterSeries batches(BatchHandling handling) {
    CounterSeries known = batches.get(handling);
    return known != null
        ? known
        : batches.computeIfAbsent(
            handling,
            taken ->
                registries.add(new CounterSeries(TwinlogMeter.BATCHES, link, topic, taken.name())));
  }

  /** Counts records that were verified; most links are not, so the series begins with the first. */
  synchronized void verified(long records) {
    CounterSeries known = verified;
    if (known == null) {
      known = registries.add(new CounterSeries(TwinlogMeter.VERIFIED_RECORDS, link, topic));
      verified = known;
    }
    known.add(records);
  }

  /**
   * Moves a partition of the topic from one state to another; null before it joins the link and
   * after it has left.
   */
  void moved(@Nullable PartitionState from, @Nullable PartitionState to) {
    if (from != null) {
      count(from, -1);
    }
    if (to != null) {
      count(to, 1);
    }
    if (partitions == 0) {
      gauges.forEach(registries::remove);
      gauges.clear();
    } else if (gauges.isEmpty()) {
      partitionsByState.forEach(
          (state, count) -> {
            if (state != PartitionState.CLOSED) { // a closed link has no gauges
              gauges.add(
                  registries.add(
                      GaugeSeries.of(
                          TwinlogMeter.PARTITIONS, count::get, link, topic, state.name())));
            }
          });
    }
  }

  private void count(PartitionState state, int change) {
    Objects.requireNonNull(partitionsByState.get(state)).addAndGet(change);
    partitions += change;
  }
}
