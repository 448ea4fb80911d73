package dev.twinlog.metrics.internal.jmx;

import dev.twinlog.PartitionState;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.metrics.Sensor;

/** The MBean of a source partition. Thread-safe. */
public final class PartitionBean {
  private static final double UNKNOWN = Double.NaN;

  private final MetricsGroup group;
  private final Sensor records;
  private final Sensor bytes;
  private final Sensor latency;
  public final Sensor retries;
  public final Sensor rewinds;
  public final Sensor stops;
  public final Sensor skipped;
  public final Sensor deadLetters;
  public final Sensor filtered;
  private volatile String state = "";
  private volatile double lagRecords = UNKNOWN;
  private volatile double lagMs = UNKNOWN;
  private volatile long heldBackRecords;
  private volatile long heldBackMs;
  private volatile boolean exact;
  private volatile long differentRecords;

  public PartitionBean(Metrics metrics, Map<String, String> tags) {
    group = new MetricsGroup(metrics, "partition", tags);
    group.gauge("state", "PartitionState", (config, now) -> state);
    group.gauge(
        "lag-records",
        "offsets to the end of the source that a reader may see; NaN while it is not known",
        (config, now) -> lagRecords);
    group.gauge(
        "lag-ms",
        "0 when caught up, else the age of the last record written, by its timestamp",
        (config, now) -> lagMs);
    group.gauge(
        "held-back-records",
        "offsets that an open transaction holds back",
        (config, now) -> heldBackRecords);
    group.gauge(
        "held-back-ms",
        "how long the last stable offset of the source has stood still",
        (config, now) -> heldBackMs);
    group.gauge(
        "exact", "1 where each record arrives once, else 0", (config, now) -> exact ? 1 : 0);
    group.gauge(
        "different-records",
        "records that the continuous verification has found different, until it finds none",
        (config, now) -> differentRecords);
    records = group.countAndRate("record", "records acknowledged by the target");
    bytes =
        group.countAndRate(
            "byte",
            "keys, values and headers acknowledged by the target, compressed where they moved"
                + " compressed");
    latency = group.sensor("latency");
    group.values(
        latency,
        "latency-ms",
        "from the timestamp of a batch's newest record to its acknowledgement");
    retries = group.count("retry-count", "faults that were met and tried again");
    rewinds =
        group.count(
            "rewind-count", "how often the target had lost its end, which was copied again");
    stops = group.count("error-count", "how often an error has stopped the partition");
    skipped =
        group.count(
            "skipped-offset-count",
            "offsets that were left out: lost at the source, skipped, or in the dead-letter topic");
    deadLetters =
        group.count(
            "dead-letter-count", "records that were refused and are in the dead-letter topic");
    filtered = group.count("filtered-record-count", "records dropped by the transform");
  }

  public void copied(long count, long size, Duration took) {
    records.record((double) count);
    bytes.record((double) size);
    latency.record((double) took.toMillis());
  }

  public void state(PartitionState now) {
    state = now.name();
  }

  public void lag(double offsets, Duration time) {
    lagRecords = offsets;
    lagMs = (double) time.toMillis();
  }

  public void lagUnknown(Duration time) {
    lag(UNKNOWN, time);
  }

  public void heldBack(long offsets, Duration time) {
    heldBackRecords = offsets;
    heldBackMs = time.toMillis();
  }

  public void exact(boolean each) {
    exact = each;
  }

  public void different(long count) {
    differentRecords = count;
  }

  public void remove() {
    group.remove();
  }
}
