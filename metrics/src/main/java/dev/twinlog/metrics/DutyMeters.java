package dev.twinlog.metrics;

import dev.twinlog.metrics.internal.SuccessAge;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The meters of one periodic task of a link. Guarded by the lock of {@link TwinlogMeters}. */
final class DutyMeters {
  private final Registries registries;
  private final String link;
  private final String duty;
  private final TimerSeries runs;
  private final CounterSeries errors;
  private final SuccessAge success = new SuccessAge(System::nanoTime);
  private @Nullable GaugeSeries successAge;

  DutyMeters(Registries registries, String link, String duty) {
    this.registries = registries;
    this.link = link;
    this.duty = duty;
    runs = registries.add(new TimerSeries(TwinlogMeter.DUTIES, link, duty));
    errors = registries.add(new CounterSeries(TwinlogMeter.DUTY_ERRORS, link, duty));
  }

  /**
   * A run has ended.
   *
   * @param open whether the link is open: a link that has closed has no gauge
   */
  void ended(boolean succeeded, Duration took, boolean open) {
    runs.record(took);
    if (succeeded) {
      success.now();
    } else {
      errors.add(1);
    }
    if (open && successAge == null) {
      successAge =
          registries.add(
              GaugeSeries.ofMillis(TwinlogMeter.DUTY_SUCCESS_AGE, success::millis, link, duty));
    }
  }

  /** The link has closed. */
  void closed() {
    if (successAge != null) {
      registries.remove(successAge);
      successAge = null;
    }
  }
}
