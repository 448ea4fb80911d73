package dev.twinlog.metrics;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A timer in every bound registry; a registry that is bound later doesn't get earlier samples. */
final class TimerSeries extends Series {
  private final TwinlogMeter meter;
  private final Tags tags;
  private final List<Timer> timers = new CopyOnWriteArrayList<>();

  TimerSeries(TwinlogMeter meter, String... tagValues) {
    this.meter = meter;
    this.tags = meter.tags(tagValues);
  }

  /** Records a sample; clocks that differ may make it negative, which is recorded as zero. */
  void record(Duration sample) {
    Duration shown = sample.isNegative() ? Duration.ZERO : sample;
    for (Timer timer : timers) {
      timer.record(shown);
    }
  }

  @Override
  Meter register(MeterRegistry registry) {
    Timer timer =
        Timer.builder(meter.getName())
            .description(meter.getDescription())
            .tags(tags)
            .register(registry);
    timers.add(timer);
    return timer;
  }
}
