package dev.twinlog.testkit.simulator;

import dev.twinlog.Throttle;
import java.util.Random;

/**
 * Changes the throttle of instances while they run, in one of four scenarios. It draws from a
 * random of its own, so that the other scenarios are the same without it.
 */
final class Throttles {
  private static final long[] RATES = {1, 50, 1_000, 20_000};

  private final Instances instances;
  private final Trace trace;
  private final Random random;
  private final boolean active;

  Throttles(Instances instances, Trace trace, Random random) {
    this.instances = instances;
    this.trace = trace;
    this.random = random;
    this.active = random.nextInt(4) == 0;
  }

  /** Changes the throttle of the current instance, or doesn't. */
  void next() {
    if (!active || random.nextInt(4) > 0) {
      return;
    }
    Throttle throttle =
        random.nextInt(3) == 0
            ? Throttle.none()
            : Throttle.bytesPerSecond(RATES[random.nextInt(RATES.length)])
                .catchUpOnly(random.nextInt(3) == 0);
    set(instances.current(), throttle);
  }

  private void set(Instance instance, Throttle throttle) {
    if (instance.isAwake() && !instance.isEnded() && instance.isWorking()) {
      trace.line(() -> "-- %s has %s".formatted(instance, throttle));
      instance.replicator().throttle(throttle);
    }
  }

  /** No instance has a throttle any more. */
  void end() {
    if (active) {
      instances.all().forEach(instance -> set(instance, Throttle.none()));
    }
  }
}
