package dev.twinlog.metrics.internal.jmx;

import dev.twinlog.spi.Route;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.metrics.Sensor;

/**
 * MBeans with the names and attributes of MirrorMaker 2's {@code MirrorSourceConnector}, one for
 * each target partition, and of its {@code MirrorCheckpointConnector}, one for each position of a
 * consumer group. Thread-safe.
 */
public final class MirrorMakerBeans {
  private static final long FORGET_EVERY = Duration.ofHours(1).toNanos();

  /** Each position is written once a day, or its group is gone. */
  private static final long FORGOTTEN_AFTER = Duration.ofDays(2).toNanos();

  private final Metrics metrics = MetricsGroup.metrics("kafka.connect.mirror");
  private final String source;
  private final String target;
  private final LongSupplier nanoTime;
  private final Map<Route, Bean> beans = new ConcurrentHashMap<>();
  private final Map<Position, PositionBean> positions = new HashMap<>();
  private long forgetAtNanos;

  private record Bean(MetricsGroup group, Sensor records, Sensor bytes, Sensor latency) {}

  /** A group's position in a partition of the target. */
  private record Position(String group, TopicPartition partition) {}

  private record PositionBean(MetricsGroup group, Sensor latency, AtomicLong writtenAtNanos) {}

  public MirrorMakerBeans(String source, String target) {
    this(source, target, System::nanoTime);
  }

  /** With a clock that is not the JVM's. */
  public MirrorMakerBeans(String source, String target, LongSupplier nanoTime) {
    this.source = source;
    this.target = target;
    this.nanoTime = nanoTime;
    this.forgetAtNanos = nanoTime.getAsLong() + FORGET_EVERY;
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

  /** A position of a group was written in the target. */
  public synchronized void positionWritten(
      String group, TopicPartition partition, Duration latency) {
    long now = nanoTime.getAsLong();
    PositionBean bean = positions.computeIfAbsent(new Position(group, partition), this::added);
    bean.latency().record((double) latency.toMillis());
    bean.writtenAtNanos().set(now);
    if (now - forgetAtNanos >= 0) {
      forgetAtNanos = now + FORGET_EVERY;
      removePositionsIf(each -> now - each.writtenAtNanos().get() > FORGOTTEN_AFTER);
    }
  }

  private PositionBean added(Position position) {
    MetricsGroup group =
        new MetricsGroup(
            metrics,
            "MirrorCheckpointConnector",
            MetricsGroup.tags(
                "source",
                source,
                "target",
                target,
                "group",
                position.group(),
                "topic",
                position.partition().topic(),
                "partition",
                Integer.toString(position.partition().partition())));
    Sensor latency = group.sensor("latency");
    group.values(latency, "checkpoint-latency-ms", "from reading a position to writing it");
    return new PositionBean(group, latency, new AtomicLong());
  }

  private void removePositionsIf(Predicate<PositionBean> condition) {
    positions
        .values()
        .removeIf(
            each -> {
              boolean isMet = condition.test(each);
              if (isMet) {
                each.group().remove();
              }
              return isMet;
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
    removePositionsIf(any -> true);
  }

  public void close() {
    metrics.close();
  }
}
