package dev.twinlog.metrics;

import dev.twinlog.PartitionVerdict;
import dev.twinlog.Verdict;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * The gauges of a link's continuous verification; they are registered with the first verdict.
 * Guarded by the lock of {@link TwinlogMeters}.
 */
final class VerifyMeters {
  private final Registries registries;
  private final Map<TopicPartition, Verdict> verdicts = new HashMap<>();
  private final Map<Verdict, AtomicInteger> counts = new EnumMap<>(Verdict.class);
  private final Map<TopicPartition, AtomicLong> differences = new HashMap<>();
  private final Map<TopicPartition, GaugeSeries> ofPartitions = new HashMap<>();
  private final List<GaugeSeries> ofLink = new ArrayList<>();

  VerifyMeters(Registries registries) {
    this.registries = registries;
    for (Verdict verdict : Verdict.values()) {
      counts.put(verdict, new AtomicInteger());
    }
  }

  /** Most partitions never differ, and get no gauge of their own. */
  void verified(String link, PartitionVerdict last) {
    TopicPartition source = last.source();
    count(verdicts.put(source, last.verdict()), -1);
    count(last.verdict(), 1);
    if (ofLink.isEmpty()) {
      counts.forEach(
          (verdict, count) ->
              ofLink.add(
                  registries.add(
                      GaugeSeries.of(
                          TwinlogMeter.VERIFIED_PARTITIONS, count::get, link, verdict.name()))));
    }
    if (last.differences() > 0 && !differences.containsKey(source)) {
      AtomicLong differing = new AtomicLong();
      differences.put(source, differing);
      ofPartitions.put(
          source,
          registries.add(
              GaugeSeries.of(
                  TwinlogMeter.DIFFERENT_RECORDS,
                  differing::get,
                  link,
                  source.topic(),
                  Integer.toString(source.partition()))));
    }
    AtomicLong differing = differences.get(source);
    if (differing != null) {
      differing.set(last.differences());
    }
  }

  private void count(@Nullable Verdict verdict, int change) {
    if (verdict != null) {
      Objects.requireNonNull(counts.get(verdict)).addAndGet(change);
    }
  }

  /** The partition has left the link. */
  void removed(TopicPartition source) {
    count(verdicts.remove(source), -1);
    differences.remove(source);
    GaugeSeries gauge = ofPartitions.remove(source);
    if (gauge != null) {
      registries.remove(gauge);
    }
  }

  /** The link has closed. */
  void clear() {
    List.copyOf(verdicts.keySet()).forEach(this::removed);
    ofLink.forEach(registries::remove);
    ofLink.clear();
  }
}
