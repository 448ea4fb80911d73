package dev.twinlog.metrics.internal.jmx;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.metrics.Gauge;
import org.apache.kafka.common.metrics.JmxReporter;
import org.apache.kafka.common.metrics.KafkaMetricsContext;
import org.apache.kafka.common.metrics.MeasurableStat;
import org.apache.kafka.common.metrics.MetricConfig;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.metrics.Sensor;
import org.apache.kafka.common.metrics.stats.Avg;
import org.apache.kafka.common.metrics.stats.CumulativeCount;
import org.apache.kafka.common.metrics.stats.CumulativeSum;
import org.apache.kafka.common.metrics.stats.Max;
import org.apache.kafka.common.metrics.stats.Min;
import org.apache.kafka.common.metrics.stats.Rate;
import org.apache.kafka.common.metrics.stats.Value;
import org.apache.kafka.common.utils.Time;

/** The metrics of one MBean. Adding and removing are confined to one thread at a time. */
public final class MetricsGroup {
  private final Metrics metrics;
  private final String type;
  private final Map<String, String> tags;
  private final List<Sensor> sensors = new ArrayList<>();
  private final List<MetricName> gauges = new ArrayList<>();

  /**
   * Creates an empty one.
   *
   * @param tags in the order in which the MBean's name has them
   */
  public MetricsGroup(Metrics metrics, String type, Map<String, String> tags) {
    this.metrics = metrics;
    this.type = type;
    this.tags = tags;
  }

  /** Metrics that are MBeans of that domain. */
  public static Metrics metrics(String domain) {
    Metrics metrics =
        new Metrics(
            new MetricConfig(),
            List.of(new JmxReporter()),
            Time.SYSTEM,
            new KafkaMetricsContext(domain));
    for (MetricName each : List.copyOf(metrics.metrics().keySet())) {
      metrics.removeMetric(each); // how many metrics there are
    }
    return metrics;
  }

  /** The tags of an MBean, in the order of its name. */
  public static Map<String, String> tags(String... namesAndValues) {
    Map<String, String> tags = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      tags.put(namesAndValues[i], namesAndValues[i + 1]);
    }
    return tags;
  }

  private MetricName name(String attribute, String description) {
    return metrics.metricName(attribute, type, description, tags);
  }

  /** A value that is taken when it is read. */
  public void gauge(String attribute, String description, Gauge<?> value) {
    MetricName name = name(attribute, description);
    metrics.addMetric(name, null, value);
    gauges.add(name);
  }

  /** A total, and nothing else. */
  public Sensor count(String attribute, String description) {
    Sensor sensor = sensor(attribute);
    add(sensor, attribute, description, new CumulativeSum());
    return sensor;
  }

  /** A total, as {@code <what>-count}, and what comes in a second, as {@code <what>-rate}. */
  public Sensor countAndRate(String what, String description) {
    Sensor sensor = sensor(what);
    add(sensor, what + "-count", description, new CumulativeSum());
    add(sensor, what + "-rate", description + ", per second", new Rate());
    return sensor;
  }

  /** How many values there were. */
  public void total(Sensor sensor, String attribute, String description) {
    add(sensor, attribute, description, new CumulativeCount());
  }

  /** The last of these values, with the least, greatest and mean of the last minute or so. */
  public void values(Sensor sensor, String attribute, String description) {
    add(sensor, attribute, description + ", the last one", new Value());
    add(sensor, attribute + "-min", description + ", the least", new Min());
    add(sensor, attribute + "-max", description + ", the greatest", new Max());
    add(sensor, attribute + "-avg", description + ", the mean", new Avg());
  }

  public Sensor sensor(String name) {
    Sensor sensor = metrics.sensor(type + tags + name);
    sensors.add(sensor);
    return sensor;
  }

  private void add(Sensor sensor, String attribute, String description, MeasurableStat stat) {
    sensor.add(name(attribute, description), stat);
  }

  /** Removes the MBean. */
  public void remove() {
    sensors.forEach(sensor -> metrics.removeSensor(sensor.name()));
    sensors.clear();
    gauges.forEach(metrics::removeMetric);
    gauges.clear();
  }
}
