package dev.twinlog.internal.engine.shared;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Estimates how long a link needs until it is caught up, from how its lag has changed in the last
 * minute. One thread samples it, others may read it.
 */
final class LagTrend {
  private static final long WINDOW = TimeUnit.MINUTES.toNanos(1);

  /** A change over a shorter time says too little. */
  private static final long SHORTEST = TimeUnit.SECONDS.toNanos(5);

  private static final double LONGEST_SECONDS = (double) TimeUnit.DAYS.toSeconds(10_000);

  private final Deque<Sample> samples = new ArrayDeque<>();
  private volatile Optional<Duration> left = Optional.empty();

  private record Sample(long lag, long nanos) {}

  /** Takes the sum of all lags in records; a negative one is not known. */
  void sample(long lag, long nowNanos) {
    if (lag < 0) {
      samples.clear();
      left = Optional.empty();
      return;
    }
    while (!samples.isEmpty() && nowNanos - samples.getFirst().nanos() > WINDOW) {
      samples.removeFirst();
    }
    left = estimate(lag, nowNanos);
    samples.addLast(new Sample(lag, nowNanos));
  }

  private Optional<Duration> estimate(long lag, long nowNanos) {
    if (lag == 0) {
      return Optional.of(Duration.ZERO);
    }
    Sample first = samples.peekFirst();
    if (first == null || nowNanos - first.nanos() < SHORTEST || first.lag() <= lag) {
      return Optional.empty();
    }
    double seconds = lag * ((nowNanos - first.nanos()) / 1e9) / (first.lag() - lag);
    return Optional.of(Duration.ofSeconds((long) Math.ceil(Math.min(seconds, LONGEST_SECONDS))));
  }

  /**
   * How long it takes at this rate, in whole seconds: zero if it is caught up; empty while a lag is
   * not known, or their sum does not get less. Any thread.
   */
  Optional<Duration> left() {
    return left;
  }
}
