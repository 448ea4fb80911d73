package dev.twinlog.metrics;

import java.time.Duration;

/** A counter of whole seconds; what is less counts as soon as it adds up. Thread-safe. */
final class SecondsSeries {
  private final CounterSeries seconds;
  private Duration rest = Duration.ZERO;

  SecondsSeries(CounterSeries seconds) {
    this.seconds = seconds;
  }

  synchronized void add(Duration time) {
    Duration sum = rest.plus(time);
    seconds.add(sum.toSeconds());
    rest = sum.minusSeconds(sum.toSeconds());
  }
}
