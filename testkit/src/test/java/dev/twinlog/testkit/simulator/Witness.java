package dev.twinlog.testkit.simulator;

import dev.twinlog.PartitionState;
import dev.twinlog.ReplicationListener;
import dev.twinlog.spi.GapCause;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.Route;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.apache.kafka.common.TopicPartition;

/**
 * Listens to the events of the instances and permits what they announce: a gap permits missing
 * records, a repetition permits duplicates, a loss in the target permits missing records where the
 * partition was resumed. Everything else is a violation.
 */
final class Witness {
  /** An instance has found another record at an offset that was skipped. */
  interface Replaced {
    void replaced(int source, long offset);
  }

  private final SourceTopic topic;
  private final TargetTruth target;
  private final OwnerTopic owners;
  private final LongSupplier clock;
  private final Trace trace;
  private Replaced onReplaced = (source, offset) -> {};
  private final Set<Integer> stopped = new HashSet<>();

  /** When each source partition last stopped: earlier losses are accepted when it is resumed. */
  private final Map<Integer, Long> stoppedAt = new HashMap<>();

  Witness(
      SourceTopic topic, TargetTruth target, OwnerTopic owners, LongSupplier clock, Trace trace) {
    this.clock = clock;
    this.topic = topic;
    this.target = target;
    this.owners = owners;
    this.trace = trace;
  }

  /** The source partitions that have ever stopped, in the instance that owned the link. */
  Set<Integer> stopped() {
    return stopped;
  }

  /** Whether a source partition has stopped since then. */
  boolean hasStoppedSince(int source, long nanos) {
    return stoppedAt.getOrDefault(source, -1L) >= nanos;
  }

  /** Sets who is told that a record is not skipped any more. */
  void whenReplaced(Replaced told) {
    onReplaced = told;
  }

  ReplicationListener of(int instance) {
    return new ReplicationListener() {
      @Override
      public void partitionStateChanged(
          TopicPartition source, PartitionState from, PartitionState to, String reason) {
        trace.line(() -> "instance %d: %s is %s, %s".formatted(instance, source, to, reason));
      }

      @Override
      public void gap(TopicPartition source, long from, long to, GapCause cause) {
        trace.line(() -> "instance %d: gap in %s, %d to %d".formatted(instance, source, from, to));
        topic.truth(source.partition()).lost(from, to);
      }

      @Override
      public void targetRewound(TopicPartition source, Route route, long end, long resumedAt) {
        trace.line(
            () ->
                "instance %d: %s lost what is behind %d, again from %d"
                    .formatted(instance, route, end, resumedAt));
      }

      @Override
      public void repeating(TopicPartition source, long from, long records) {
        trace.line(() -> "instance %d: %s repeats %d records".formatted(instance, source, records));
        mayRepeat(source);
      }

      @Override
      public void skippedRecordReplaced(TopicPartition source, long offset) {
        trace.line(
            () -> "instance %d: %s has another record at %d".formatted(instance, source, offset));
        onReplaced.replaced(source.partition(), offset);
      }

      @Override
      public void retrying(TopicPartition source, ReplicationException cause, Duration delay) {
        trace.line(
            () ->
                "instance %d: %s is tried again in %s: %s"
                    .formatted(instance, source, delay, cause.getMessage()));
      }

      @Override
      public void partitionStopped(TopicPartition source, ReplicationException cause) {
        trace.line(
            () ->
                "instance %d: %s has stopped: %s".formatted(instance, source, cause.getMessage()));
        if (owners.owner() == instance) {
          stopped.add(source.partition());
          stoppedAt.put(source.partition(), clock.getAsLong());
          mayRepeat(source); // resuming accepts repeated records
        }
      }
    };
  }

  private void mayRepeat(TopicPartition source) {
    target
        .routes()
        .forEach(
            (way, truth) -> {
              if (way.source() == source.partition()) {
                truth.mayRepeat();
              }
            });
  }
}
