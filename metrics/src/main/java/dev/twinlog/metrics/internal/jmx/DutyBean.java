package dev.twinlog.metrics.internal.jmx;

import dev.twinlog.metrics.internal.SuccessAge;
import java.time.Duration;
import java.util.Map;
import java.util.function.LongSupplier;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.metrics.Sensor;

/** The MBean of one periodic task of a link. Runs are confined to one thread at a time. */
public final class DutyBean {
  private final MetricsGroup group;
  private final Sensor runs;
  private final Sensor errors;
  private final SuccessAge success;

  public DutyBean(Metrics metrics, Map<String, String> tags, LongSupplier nanos) {
    success = new SuccessAge(nanos);
    group = new MetricsGroup(metrics, "duty", tags);
    group.gauge(
        "success-age-ms",
        "since the last run that has succeeded; NaN before the first one",
        (config, now) -> success.millis());
    runs = group.sensor("runs");
    group.total(runs, "run-count", "how often it has run");
    group.values(runs, "duration-ms", "how long it took");
    errors = group.count("error-count", "runs that have failed");
  }

  public void ended(boolean succeeded, Duration took) {
    runs.record((double) took.toMillis());
    if (succeeded) {
      success.now();
    } else {
      errors.record();
    }
  }

  public void remove() {
    group.remove();
  }
}
