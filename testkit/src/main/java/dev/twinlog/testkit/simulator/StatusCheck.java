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

  /** Since when a partition has said so of itself wrongly. */
  private final Map<Place, Long> wrongSince = new HashMap<>();

  StatusCheck(World world) {
    this.world = world;
  }

  /** Looks at all instances that are awake. */
  void look(Instances instances) {
    for (Instance instance : instances.all()) {
      if (instance.isAwake()) {
        look(instance, instance.status());
      } else {
        wrongSince.keySet().removeIf(place -> place.instance() == instance.number());
      }
    }
  }

  private void look(Instance instance, ReplicatorStatus status) {
    if (status.state() == LinkState.FAILED && !world.owners().isDeleted()) {
      throw new Violation(
          "%s has failed though nothing has happened that can't pass: %s"
              .formatted(instance, status.lastError().map(Throwable::toString).orElse("?")));
    }
    if (instance.isWorking()) {
      status
          .partitions()
          .forEach((partition, one) -> look(new Place(instance.number(), partition), one));
    }
  }

  private void look(Place place, PartitionStatus status) {
    long end = world.source().endOffset(place.partition());
    boolean content = status.state() == PartitionState.CAUGHT_UP || status.lagRecords() == 0;
    if (!content || status.sourcePosition() >= end) {
      wrongSince.remove(place);
      return;
    }
    long now = world.agenda().now();
    long since = wrongSince.computeIfAbsent(place, any -> now);
    if (now - since > LONGEST.toNanos()) {
      throw new Violation(
          "%s of instance %d has said for %s that it is caught up, and the source's end is %d: %s"
              .formatted(
                  place.partition(), place.instance(), Duration.ofNanos(now - since), end, status));
    }
  }
}
