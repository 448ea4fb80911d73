package dev.twinlog.testkit.simulator;

import dev.twinlog.spi.Progress;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.testkit.simulator.model.ModelPartition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;

/** The instances of the link, of which the newest should be the one that copies. */
final class Instances {
  private final World world;
  private final Supplier<InstanceParts> parts;
  private final Witness witness;
  private final List<Instance> all = new ArrayList<>();
  private final Set<TopicPartition> unheard = new LinkedHashSet<>();
  private int started;

  Instances(World world, Supplier<InstanceParts> parts, Witness witness) {
    this.world = world;
    this.parts = parts;
    this.witness = witness;
  }

  void start() {
    int number = started++;
    world.trace().line(() -> "-- instance %d starts".formatted(number));
    Instance fresh = new Instance(world, number, parts.get(), witness, this::letTimePass);
    unheard.forEach(partition -> fresh.hears(partition, false));
    all.add(fresh);
  }

  /** For everybody: events of the cluster happen, and all clocks go on. */
  void letTimePass(long nanos) {
    world.agenda().advance(nanos);
    world.clock().advance(Duration.ofNanos(nanos));
    all.forEach(instance -> instance.pass(nanos));
  }

  /** Starts one where none is left that could copy. */
  void startIfNone() {
    all.removeIf(Instance::isEnded);
    if (all.stream().noneMatch(Instance::isAwake)) {
      start();
    }
  }

  /** All that have not ended. */
  List<Instance> all() {
    return all;
  }

  /** The newest one. */
  Instance current() {
    return all.get(all.size() - 1);
  }

  /** The link can't hear a partition of the source, or can again. */
  void hear(TopicPartition partition, boolean now) {
    if (now ? unheard.remove(partition) : unheard.add(partition)) {
      all.forEach(instance -> instance.hears(partition, now));
    }
  }

  void hearEverything() {
    Set.copyOf(unheard).forEach(partition -> hear(partition, true));
  }

  /** Nothing that lies before this is needed to find out what the target holds. */
  long safeStart(ModelPartition partition) {
    long least = Long.MAX_VALUE;
    for (Progress progress : world.owners().saved().values()) {
      for (RouteProgress route : progress.routes()) {
        if (route.route().target().equals(partition.name())) {
          least = Math.min(least, route.targetNext());
        }
      }
    }
    return least == Long.MAX_VALUE ? 0 : least;
  }
}
