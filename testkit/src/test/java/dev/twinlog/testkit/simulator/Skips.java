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
import java.util.Random;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;

/**
 * Leaves records out, of partitions that are paused for it, in one of four scenarios without a
 * move. A record whose skip was accepted may be missing, and one whose skip is saved must never be
 * written from then on. It draws from a random of its own, so that the other scenarios are the same
 * without it.
 */
final class Skips implements TargetTruth.Guard {
  private static final int MOST_AHEAD = 6;

  private final SourceTopic topic;
  private final Trace trace;
  private final Random random;
  private final boolean active;

  /** The serials of records whose skip is saved, by source partition. */
  private final Map<Integer, Set<Long>> saved = new HashMap<>();

  Skips(SourceTopic topic, Scenario scenario, Trace trace, Random random) {
    this.topic = topic;
    this.trace = trace;
    this.random = random;
    this.active = random.nextInt(4) == 0 && scenario.move() == Scenario.Move.NONE;
  }

  /** Pauses a partition of an instance, or leaves a record of it out, or does nothing. */
  void next(Instance instance) {
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
          topic
              .truth(number)
              .serialOf(offset)
              .ifPresent(
                  serial -> saved.computeIfAbsent(number, any -> new HashSet<>()).add(serial));
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
