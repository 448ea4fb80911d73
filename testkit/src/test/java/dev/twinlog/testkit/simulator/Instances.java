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

/** The instances of the link; the newest one should be the owner. */
final class Instances {
  private final World world;
  private final Supplier<InstanceParts> parts;
  private final Witness witness;
  private final List<Instance> all = new ArrayList<>();
  private final List<OtherProcess> others = new ArrayList<>();
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
    add(number).start();
  }

  /** A process that has built the link, and has not started it. */
  Instance prepare() {
    int number = started++;
    world.trace().line(() -> "-- instance %d is built".formatted(number));
    return add(number);
  }

  private Instance add(int number) {
    Instance fresh = new Instance(world, number, parts.get(), witness, this::letTimePass);
    all.add(fresh);
    unheard.forEach(partition -> fresh.hears(partition, false));
    return fresh;
  }

  /** Runs the due events of the clusters and advances all clocks. */
  void letTimePass(long nanos) {
    world.agenda().advance(nanos);
    world.clock().advance(Duration.ofNanos(nanos));
    all.forEach(instance -> instance.pass(nanos));
    others.forEach(process -> process.pass(nanos));
  }

  /** Processes that do something with the link, and don't run it. */
  List<OtherProcess> others() {
    return others;
  }

  /** Starts an instance if none is left that could copy. */
  void startIfNone() {
    all.removeIf(Instance::isEnded);
    if (all.stream().noneMatch(Instance::isAwake)) {
      start();
    }
  }

  /** Ends all at once. */
  void killAll() {
    all.forEach(Instance::crash);
  }

  /** All instances that have not ended. */
  List<Instance> all() {
    return all;
  }

  /** The newest instance. */
  Instance current() {
    return all.get(all.size() - 1);
  }

  /** Makes a source partition unreachable for all instances, or reachable again. */
  void hear(TopicPartition partition, boolean now) {
    if (now ? unheard.remove(partition) : unheard.add(partition)) {
      all.forEach(instance -> instance.hears(partition, now));
    }
  }

  void hearEverything() {
    Set.copyOf(unheard).forEach(partition -> hear(partition, true));
  }

  /** The offset before which no target record is needed for a recovery. */
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
