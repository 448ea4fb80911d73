package dev.twinlog.testkit.simulator;

import dev.twinlog.LinkState;
import dev.twinlog.PartitionState;
import dev.twinlog.PartitionStatus;
import dev.twinlog.ReplicatorStatus;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/**
 * Compares the status of instances with the truth. A partition that reports caught up, or no lag,
 * must be at the last stable offset, or have been a moment ago; and only another instance or a
 * permanent fault may end a link.
 */
final class StatusCheck {
  /**
   * For how long a partition may be behind without reporting it. A reader gets an end, or an error,
   * at its next step. The end of a partition that is not read is requested every five seconds, or
   * every ten while the source can't return all ends; the rest is for the status, which is updated
   * twice a second, and for steps of a second while nothing happens.
   */
  static final Duration LONGEST = Duration.ofSeconds(12);

  /** A partition of an instance. */
  private record Place(int instance, TopicPartition partition) {}

  private final World world;

  /**
   * The most that counts of the time since the last check: while a writer waits, as in its close,
   * time passes in which the other threads of the instance do no step, though in reality they
   * would.
   */
  private static final long MOST_NANOS = Duration.ofSeconds(2).toNanos();

  /** For how long a partition's report has been wrong, in nanoseconds. */
  private final Map<Place, Long> wrongFor = new HashMap<>();

  private long lookedAt;

  StatusCheck(World world) {
    this.world = world;
  }

  /** Checks all instances that are awake. */
  void look(Instances instances) {
    long since = Math.min(MOST_NANOS, world.agenda().now() - lookedAt);
    lookedAt = world.agenda().now();
    for (Instance instance : instances.all()) {
      if (instance.isAwake()) {
        look(instance, instance.status(), since);
      } else {
        wrongFor.keySet().removeIf(place -> place.instance() == instance.number());
      }
    }
  }

  private void look(Instance instance, ReplicatorStatus status, long since) {
    if (status.state() == LinkState.FAILED && !world.owners().isDeleted()) {
      throw new Violation(
          "%s has failed though nothing has happened that can't pass: %s"
              .formatted(instance, status.lastError().map(Throwable::toString).orElse("?")));
    }
    if (Instance.isWorking(status)) {
      status
          .partitions()
          .forEach(
              (partition, one) ->
                  look(new Place(instance.number(), partition), one, status.state(), since));
    }
  }

  private void look(Place place, PartitionStatus status, LinkState link, long since) {
    long end = world.source().endOffset(place.partition());
    boolean content = status.state() == PartitionState.CAUGHT_UP || status.lagRecords() == 0;
    if (!content || status.sourcePosition() >= end) {
      wrongFor.remove(place);
      return;
    }
    long wrong = wrongFor.merge(place, since, Long::sum);
    if (wrong > LONGEST.toNanos()) {
      throw new Violation(
          "%s of instance %d has reported for %s that it is caught up, but the source's end is %d: %s; the link is %s"
              .formatted(
                  place.partition(), place.instance(), Duration.ofNanos(wrong), end, status, link));
    }
  }
}
