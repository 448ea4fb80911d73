package dev.twinlog.testkit.internal.net;

import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import java.util.Random;

/**
 * Decides when and which connections break, at exponentially distributed intervals. The same seed
 * gives the same times. Confined to the relay's thread.
 */
final class RandomDrops {
  private final Random random;
  private long meanNanos;
  private long nextAt;

  RandomDrops(long seed) {
    this.random = new Random(seed);
  }

  void every(Duration mean, long now) {
    meanNanos = mean.toNanos();
    nextAt = now + pause();
  }

  long nanosToNext(long now) {
    return meanNanos == 0 ? Wire.NO_WORK : Math.max(0, nextAt - now);
  }

  /** The connection that breaks now, if it is time and there is one. */
  Optional<Connection> next(long now, Collection<Connection> connections) {
    if (nanosToNext(now) > 0) {
      return Optional.empty();
    }
    nextAt = now + pause();
    return connections.isEmpty()
        ? Optional.empty()
        : connections.stream().skip(random.nextInt(connections.size())).findFirst();
  }

  private long pause() {
    return (long) (-Math.log(1 - random.nextDouble()) * meanNanos);
  }
}
