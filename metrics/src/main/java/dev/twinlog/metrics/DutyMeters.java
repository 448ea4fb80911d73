package dev.twinlog.metrics;

import java.time.Duration;

/** The meters of one periodic task of a link. */
final class DutyMeters {
  private final TimerSeries runs;
  private final CounterSeries errors;

  DutyMeters(Registries registries, String link, String duty) {
    runs = registries.add(new TimerSeries(TwinlogMeter.DUTIES, link, duty));
    errors = registries.add(new CounterSeries(TwinlogMeter.DUTY_ERRORS, link, duty));
  }

  void ended(boolean succeeded, Duration took) {
    runs.record(took);
    if (!succeeded) {
      errors.add(1);
    }
  }
}
