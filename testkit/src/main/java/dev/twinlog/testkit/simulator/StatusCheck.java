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
 * Compares what instances say of themselves with what is so. A partition that is caught up, or has
 * no lag, is at the end that readers may see, or was a moment ago; and nothing ends a link but
 * another instance, or what can't pass.
 */
final class StatusCheck {
  /**
   * For so long a partition may be behind and not know it. A reader of the model hears an end, or
   * that it can't, at its next step. Of a partition that is not read the source is asked every five
   * seconds, or every ten while it can't tell all ends; the rest is for the status, which is
   * brought up to date twice a second, and for steps that take a second where nothing is to be
   * done.
   */
  static final Duration LONGEST = Duration.ofSeconds(12);

  /** A partition of an instance. */
  private record Place(int instance, TopicPartition partition) {}

  private final World world;

  /**
   * So much counts at most of the time since the look before: where a writer waits, as when it is
   * closed, time passes in which no other thread of the instance does a step, as they would.
   */
  private static final long MOST_NANOS = Duration.ofSeconds(2).toNanos();

  /** For how long a partition has said so of itself wrongly, in nanoseconds. */
  private final Map<Place, Long> wrongFor = new HashMap<>();

  private long lookedAt;

  StatusCheck(World world) {
    this.world = world;
  }

  /** Looks at all instances that are awake. */
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
          "%s of instance %d has said for %s that it is caught up, and the source's end is %d: %s; the link is %s"
              .formatted(
                  place.partition(), place.instance(), Duration.ofNanos(wrong), end, status, link));
    }
  }
}
