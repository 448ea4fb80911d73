package dev.twinlog.metrics.internal.jmx;

import dev.twinlog.spi.Route;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.metrics.Sensor;

/**
 * MBeans with the names and attributes of MirrorMaker 2's {@code MirrorSourceConnector}, one for
 * each target partition. Thread-safe.
 */
public final class MirrorMakerBeans {
  private final Metrics metrics = MetricsGroup.metrics("kafka.connect.mirror");
  private final String source;
  private final String target;
  private final Map<Route, Bean> beans = new ConcurrentHashMap<>();

  private record Bean(MetricsGroup group, Sensor records, Sensor bytes, Sensor latency) {}

  public MirrorMakerBeans(String source, String target) {
    this.source = source;
    this.target = target;
  }

  public void copied(Route route, long records, long bytes, Duration latency) {
    Bean known = beans.get(route);
    Bean bean = known != null ? known : added(route);
    bean.records().record((double) records);
    bean.bytes().record((double) bytes);
    bean.latency().record((double) latency.toMillis());
  }

  private synchronized Bean added(Route route) {
    return beans.computeIfAbsent(
        route,
        one -> {
          MetricsGroup group =
              new MetricsGroup(
                  metrics,
                  "MirrorSourceConnector",
                  MetricsGroup.tags(
                      "source",
                      source,
                      "target",
                      target,
                      "topic",
                      one.target().topic(),
                      "partition",
                      Integer.toString(one.target().partition())));
          Sensor records = group.countAndRate("record", "records replicated");
          Sensor bytes = group.countAndRate("byte", "bytes of keys, values and headers replicated");
          Sensor latency = group.sensor("latency");
          group.values(latency, "replication-latency-ms", "from timestamp to acknowledgement");
          group.values(latency, "record-age-ms", "from timestamp to acknowledgement");
          return new Bean(group, records, bytes, latency);
        });
  }

  public synchronized void remove(TopicPartition partition) {
    beans
        .entrySet()
        .removeIf(
            each -> {
              boolean isOf = each.getKey().source().equals(partition);
              if (isOf) {
                each.getValue().group().remove();
              }
              return isOf;
            });
  }

  public synchronized void removeAll() {
    beans.values().forEach(bean -> bean.group().remove());
    beans.clear();
  }

  public void close() {
    metrics.close();
  }
}
