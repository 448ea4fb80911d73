package dev.twinlog.testkit.quickstart;

import java.util.ArrayDeque;
import java.util.Deque;

/** Computes the rate of a growing count over the last two seconds. Not thread-safe. */
final class RateMeter {
  private static final long WINDOW_NANOS = 2_000_000_000L;

  private final Deque<Sample> samples = new ArrayDeque<>();

  private record Sample(long nanos, long count) {}

  /** Adds a count at a time and returns the rate per second; 0 at first. */
  double at(long nanos, long count) {
    samples.addLast(new Sample(nanos, count));
    while (samples.size() > 2 && nanos - samples.getFirst().nanos() > WINDOW_NANOS) {
      samples.removeFirst();
    }
    Sample first = samples.getFirst();
    return nanos == first.nanos() ? 0 : (count - first.count()) * 1e9 / (nanos - first.nanos());
  }
}
