package dev.twinlog.testkit.simulator;

import dev.twinlog.PartitionState;
import dev.twinlog.PartitionStatus;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.SkippedOffsets.Range;
import dev.twinlog.testkit.simulator.TargetTruth.Way;
import dev.twinlog.testkit.simulator.model.ModelBatch;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.apache.kafka.common.TopicPartition;

/**
 * Leaves records out, of partitions that are paused for it, in one of four scenarios without a
 * move. A record whose skip was accepted may be missing, and one whose skip is saved must never be
 * written from then on. It draws from a random of its own, so that the other scenarios are the same
 * without it.
 */
final class Skips implements TargetTruth.Guard {
  private static final int MOST_AHEAD = 6;

  /** Within this time a link has heard of a leader's epoch. */
  private static final long HEARD_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final SourceTopic topic;
  private final Trace trace;
  private final Random random;
  private final boolean active;
  private final LongSupplier clock;

  /** The serials that offsets had when they were skipped, by source partition. */
  private final Map<Integer, Map<Long, Set<Long>>> called = new HashMap<>();

  /** How often each source partition had lost its tail, and when that was last seen to change. */
  private final Map<Integer, Integer> truncations = new HashMap<>();

  private final Map<Integer, Long> truncatedAt = new HashMap<>();

  /** The serials of records whose skip is saved, by source partition. */
  private final Map<Integer, Set<Long>> saved = new HashMap<>();

  Skips(SourceTopic topic, Scenario scenario, Trace trace, Random random, LongSupplier clock) {
    this.topic = topic;
    this.trace = trace;
    this.random = random;
    this.clock = clock;
    this.active = random.nextInt(4) == 0 && scenario.move() == Scenario.Move.NONE;
  }

  /** Pauses a partition of an instance, or leaves a record of it out, or does nothing. */
  void next(Instance instance) {
    watchTruncations();
    if (!active || random.nextInt(2) > 0) {
      return;
    }
    int number = random.nextInt(topic.partitions());
    TopicPartition source = SourceTopic.partition(number);
    if (!instance.isAwake() || instance.isEnded() || !instance.isWorking()) {
      return;
    }
    PartitionStatus status = instance.status().partitions().get(source);
    if (status == null) {
      return;
    }
    boolean rests =
        status.state() == PartitionState.PAUSED || status.state() == PartitionState.STOPPED;
    if (!rests) {
      instance.pause(source);
      return;
    }
    long offset = status.sourcePosition() + random.nextInt(MOST_AHEAD);
    try {
      instance.replicator().skip(source, offset);
    } catch (IllegalStateException | IllegalArgumentException e) {
      trace.line(() -> "-- %s does not skip: %s".formatted(instance, e.getMessage()));
      return;
    }
    trace.line(() -> "-- %s skips offset %d of %s".formatted(instance, offset, source));
    topic.truth(number).skipped(offset);
    topic
        .truth(number)
        .serialOf(offset)
        .ifPresent(
            serial ->
                called
                    .computeIfAbsent(number, any -> new HashMap<>())
                    .computeIfAbsent(offset, any -> new HashSet<>())
                    .add(serial));
  }

  private void watchTruncations() {
    for (int number = 0; number < topic.partitions(); number++) {
      int now = topic.truth(number).truncations();
      Integer before = truncations.put(number, now);
      if (before == null || before != now) {
        truncatedAt.put(number, clock.getAsLong());
      }
    }
  }

  /** The records that an offset had when it was skipped. */
  private Set<Long> called(int source, long offset) {
    return called.getOrDefault(source, Map.of()).getOrDefault(offset, Set.of());
  }

  /** An instance copies a record at a skipped offset, since the source has lost the former one. */
  void replaced(int source, long offset) {
    OptionalLong now = topic.truth(source).serialOf(offset);
    boolean same = now.isPresent() && called(source, offset).contains(now.getAsLong());
    long since = clock.getAsLong() - truncatedAt.getOrDefault(source, Long.MIN_VALUE / 2);
    if (same && since > HEARD_NANOS) {
      throw new Violation(
          "offset %d of source %d is not skipped any more, though its record is the same"
              .formatted(offset, source));
    }
    saved.getOrDefault(source, new HashSet<>()).removeAll(called(source, offset));
  }

  /** What is saved as skipped stays so. */
  void saved(Collection<Progress> all) {
    if (!active) {
      return;
    }
    for (Progress progress : all) {
      int number = progress.source().partition().partition();
      List<Range> ranges = progress.skipped().ranges();
      for (Range range : ranges) {
        for (long offset = range.from(); offset < range.to(); offset++) {
          Set<Long> meant = called(number, offset);
          if (meant.size() == 1) {
            saved.computeIfAbsent(number, any -> new HashSet<>()).addAll(meant);
          }
        }
      }
    }
  }

  @Override
  public void appended(Way way, long serial, long offset) {
    if (saved.getOrDefault(way.source(), Set.of()).contains(serial)) {
      throw new Violation(
          "%s: serial %d is written at target offset %d, though it is saved as skipped"
              .formatted(way, serial, offset));
    }
  }

  @Override
  public void marked(int target, ModelBatch marker) {}

  @Override
  public void fenceLost(int target, List<ModelBatch> markers) {}
}
