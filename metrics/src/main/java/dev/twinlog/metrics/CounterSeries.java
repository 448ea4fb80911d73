package dev.twinlog.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.Arrays;

/** A counter in every bound registry; a registry that is bound later gets the earlier counts. */
final class CounterSeries extends Series {
  private final TwinlogMeter meter;
  private final Tags tags;
  private Counter[] counters = {};
  private long total;

  CounterSeries(TwinlogMeter meter, String... tagValues) {
    this.meter = meter;
    this.tags = meter.tags(tagValues);
  }

  /** The lock ensures that a registry that is bound meanwhile gets each count once. */
  synchronized void add(long count) {
    total += count;
    for (Counter counter : counters) {
      counter.increment((double) count);
    }
  }

  synchronized long total() {
    return total;
  }

  @Override
  synchronized Meter register(MeterRegistry registry) {
    Counter counter =
        Counter.builder(meter.getName())
            .description(meter.getDescription())
            .baseUnit(meter.getBaseUnit())
            .tags(tags)
            .register(registry);
    counter.increment((double) total);
    counters = Arrays.copyOf(counters, counters.length + 1);
    counters[counters.length - 1] = counter;
    return counter;
  }
}
