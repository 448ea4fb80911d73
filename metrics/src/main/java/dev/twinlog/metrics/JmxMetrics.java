package dev.twinlog.metrics;

import dev.twinlog.GroupState;
import dev.twinlog.LinkState;
import dev.twinlog.PartitionState;
import dev.twinlog.PartitionVerdict;
import dev.twinlog.StateMetrics;
import dev.twinlog.Throttle;
import dev.twinlog.Verdict;
import dev.twinlog.metrics.internal.jmx.DutyBean;
import dev.twinlog.metrics.internal.jmx.MetricsGroup;
import dev.twinlog.metrics.internal.jmx.MirrorMakerBeans;
import dev.twinlog.metrics.internal.jmx.PartitionBean;
import dev.twinlog.spi.BatchHandling;
import dev.twinlog.spi.Route;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.metrics.Sensor;
import org.jspecify.annotations.Nullable;

/**
 * Shows what a link measures as MBeans, by Kafka's own metrics, without Micrometer:
 *
 * <ul>
 *   <li>{@code dev.twinlog:type=link,link=<name>}: its state, and numbers of the whole link
 *   <li>{@code dev.twinlog:type=partition,link=<name>,topic=<topic>,partition=<number>}: one for
 *       each source partition, while it is part of the link
 *   <li>{@code dev.twinlog:type=duty,link=<name>,duty=<task>}: one for each periodic task
 *   <li>by choice, with the names and attributes of MirrorMaker 2, {@code
 *       kafka.connect.mirror:type=MirrorSourceConnector,source=<alias>,target=<alias>,topic=<target
 *       topic>,partition=<number>} and {@code
 *       kafka.connect.mirror:type=MirrorCheckpointConnector,source=<alias>,target=<alias>,group=<id>,topic=<target
 *       topic>,partition=<number>}: see {@link #withMirrorMakerNames}
 * </ul>
 *
 * <p>Counts begin at 0 with this object. Rates, and the least, greatest and mean values, are those
 * of the last 30 to 60 seconds. What is not known is {@code NaN}.
 *
 * <p>One object serves one link. Give it to the link with {@code Replicator.builder().metrics(…)};
 * {@link #close()} removes its MBeans. A second object for the same link in one JVM would replace
 * the MBeans of the first. Thread-safe.
 */
public final class JmxMetrics implements StateMetrics, AutoCloseable {
  private static final String DOMAIN = "dev.twinlog";

  private final Metrics metrics = MetricsGroup.metrics(DOMAIN);
  private final @Nullable MirrorMakerBeans mirrorMaker;
  private final Map<TopicPartition, PartitionBean> partitions = new ConcurrentHashMap<>();
  private final Map<GroupState, Integer> groups = new ConcurrentHashMap<>();
  private final Map<TopicPartition, Verdict> verdicts = new ConcurrentHashMap<>();
  private final Map<String, DutyBean> duties = new ConcurrentHashMap<>();
  private volatile LinkState state = LinkState.NEW;
  private volatile double throttleLimit = Double.NaN;
  private volatile double catchUpMillis = Double.NaN;
  private volatile long offsetMapBytes;
  private @Nullable String link;
  private boolean closed;
  private @Nullable LinkSensors sensors;

  /** What is counted for the whole link. */
  private record LinkSensors(
      Sensor listenerErrors,
      Sensor aclChanges,
      Sensor configChanges,
      Sensor groupPositions,
      Sensor throttledMillis,
      Sensor bySourceMillis,
      Sensor byTargetMillis,
      Sensor verifiedRecords,
      Map<BatchHandling, Sensor> batches) {}

  /** MBeans of the domain {@code dev.twinlog} only. */
  public JmxMetrics() {
    this(null);
  }

  private JmxMetrics(@Nullable MirrorMakerBeans mirrorMaker) {
    this.mirrorMaker = mirrorMaker;
  }

  /**
   * Also has the MBeans of MirrorMaker 2's connectors, so that its dashboards keep working.
   *
   * <p>{@code MirrorSourceConnector}: {@code record-count}, {@code record-rate}, {@code
   * byte-count}, {@code byte-rate}, {@code replication-latency-ms} and {@code record-age-ms}, the
   * latter two with {@code -min}, {@code -max} and {@code -avg}. Bytes are keys, values and
   * headers, where MirrorMaker counts values alone. Both times are of each batch's newest record
   * when the target has acknowledged it.
   *
   * <p>{@code MirrorCheckpointConnector}: {@code checkpoint-latency-ms}, with {@code -min}, {@code
   * -max} and {@code -avg}, of each position of a consumer group: from its reading in the source to
   * the response of the target to its writing. Each group has its own, where the groups of
   * MirrorMaker overwrite each other's. A position that was not written for two days has none until
   * it is written again.
   *
   * @param source the alias of the source cluster
   * @param target the alias of the target cluster
   */
  public static JmxMetrics withMirrorMakerNames(String source, String target) {
    return new JmxMetrics(new MirrorMakerBeans(source, target));
  }

  /**
   * The link starts.
   *
   * @throws IllegalStateException after {@link #close()}, or if this object serves another link
   */
  @Override
  public synchronized void linkOpened(String name) {
    if (closed) {
      throw new IllegalStateException("the metrics of link " + name + " are closed");
    }
    if (link != null && !link.equals(name)) {
      throw new IllegalStateException(
          "these are the metrics of link %s: link %s needs its own".formatted(link, name));
    }
    if (link != null) {
      return;
    }
    link = name;
    MetricsGroup group = new MetricsGroup(metrics, "link", MetricsGroup.tags("link", name));
    group.gauge("state", "LinkState", (config, now) -> state.name());
    for (LinkState each : LinkState.values()) {
      group.gauge(
          attribute("state", each),
          "1 if the link is " + each + ", else 0",
          (config, now) -> state == each ? 1 : 0);
    }
    group.gauge("partitions", "source partitions of the link", (config, now) -> partitions.size());
    for (GroupState each : GroupState.values()) {
      group.gauge(
          attribute("groups", each),
          "consumer groups that are " + each + ", as of the last comparison",
          (config, now) -> groups.getOrDefault(each, 0));
    }
    for (Verdict each : Verdict.values()) {
      group.gauge(
          attribute("verified-partitions", each),
          "source partitions whose last verdict of the continuous verification is " + each,
          (config, now) -> Collections.frequency(verdicts.values(), each));
    }
    Map<BatchHandling, Sensor> batches = new EnumMap<>(BatchHandling.class);
    for (BatchHandling each : BatchHandling.values()) {
      batches.put(
          each,
          group.count(
              attribute("batch-count", each),
              "batches acknowledged by the target that were handled as " + each));
    }
    group.gauge(
        "throttle-bytes-per-second",
        "the most bytes that may be read in a second; NaN without a throttle",
        (config, now) -> throttleLimit);
    group.gauge(
        "catch-up-ms",
        "until the link is caught up, at the rate of the last minute; NaN while that is not known",
        (config, now) -> catchUpMillis);
    group.gauge(
        "offset-map-bytes",
        "the memory that the offset maps take",
        (config, now) -> offsetMapBytes);
    sensors =
        new LinkSensors(
            group.count("listener-error-count", "exceptions thrown by the link's listeners"),
            group.count("acl-change-count", "ACLs of the target that were created or deleted"),
            group.count("config-change-count", "configs of target topics that were changed"),
            group.count("group-position-count", "positions of groups written in the target"),
            group.count("throttled-ms", "how long the throttle has held partitions back"),
            group.count(
                "throttled-by-source-ms", "how long brokers of the source have told it to wait"),
            group.count(
                "throttled-by-target-ms", "how long brokers of the target have told it to wait"),
            group.count(
                "verified-record-count",
                "source records that the continuous verification has compared with their copies"),
            batches);
  }

  private static String attribute(String prefix, Enum<?> value) {
    return prefix + "-" + value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The link has closed: its partitions are removed, and its state stays until {@link #close}. */
  @Override
  public synchronized void linkClosed(String name) {
    catchUpMillis = Double.NaN;
    offsetMapBytes = 0;
    partitions.values().forEach(PartitionBean::remove);
    partitions.clear();
    groups.clear();
    verdicts.clear();
    duties.values().forEach(DutyBean::remove);
    duties.clear();
    if (mirrorMaker != null) {
      mirrorMaker.removeAll();
    }
  }

  @Override
  public synchronized void partitionRemoved(TopicPartition source) {
    PartitionBean removed = partitions.remove(source);
    verdicts.remove(source);
    if (removed != null) {
      removed.remove();
    }
    if (mirrorMaker != null) {
      mirrorMaker.remove(source);
    }
  }

  /** What comes after a partition has left the link is ignored: it would bring its MBean back. */
  private void with(TopicPartition source, Consumer<PartitionBean> measured) {
    PartitionBean known = partitions.get(source);
    if (known != null) {
      measured.accept(known);
    }
  }

  private synchronized void add(TopicPartition source) {
    if (link != null && !closed) {
      String name = link;
      partitions.computeIfAbsent(
          source,
          one ->
              new PartitionBean(
                  metrics,
                  MetricsGroup.tags(
                      "link",
                      name,
                      "topic",
                      one.topic(),
                      "partition",
                      Integer.toString(one.partition()))));
    }
  }

  private synchronized LinkSensors sensors() {
    return Objects.requireNonNull(sensors, "a link is opened before it is measured");
  }

  @Override
  public void linkState(LinkState now) {
    state = now;
  }

  @Override
  public void partitionState(TopicPartition source, PartitionState now) {
    if (now != PartitionState.CLOSED && !partitions.containsKey(source)) {
      add(source);
    }
    with(source, it -> it.state(now));
  }

  @Override
  public void groups(Map<GroupState, Integer> byState) {
    groups.keySet().retainAll(byState.keySet());
    groups.putAll(byState);
  }

  @Override
  public void copied(Route route, long records, long bytes, Duration latency) {
    with(
        route.source(),
        it -> {
          it.copied(records, bytes, latency);
          if (mirrorMaker != null) {
            mirrorMaker.copied(route, records, bytes, latency);
          }
        });
  }

  @Override
  public void handling(Route route, BatchHandling handling, long batches) {
    Objects.requireNonNull(sensors().batches().get(handling)).record((double) batches);
  }

  @Override
  public void filtered(TopicPartition source, long records) {
    with(source, it -> it.filtered.record((double) records));
  }

  @Override
  public void lag(TopicPartition source, long records, Duration time) {
    with(source, it -> it.lag((double) records, time));
  }

  @Override
  public void lagUnknown(TopicPartition source, Duration time) {
    with(source, it -> it.lagUnknown(time));
  }

  @Override
  public void heldBack(TopicPartition source, long offsets, Duration time) {
    with(source, it -> it.heldBack(offsets, time));
  }

  @Override
  public void guarantee(TopicPartition source, boolean exact) {
    with(source, it -> it.exact(exact));
  }

  @Override
  public void rewound(TopicPartition source) {
    with(source, it -> it.rewinds.record());
  }

  @Override
  public void retried(TopicPartition source) {
    with(source, it -> it.retries.record());
  }

  @Override
  public void failed(TopicPartition source) {
    with(source, it -> it.stops.record());
  }

  @Override
  public void skipped(TopicPartition source, long offsets) {
    with(source, it -> it.skipped.record((double) offsets));
  }

  @Override
  public void deadLetter(TopicPartition source) {
    with(source, it -> it.deadLetters.record());
  }

  @Override
  public void configsChanged(String sourceTopic, int configs) {
    sensors().configChanges().record(configs);
  }

  @Override
  public void aclsChanged(int acls) {
    sensors().aclChanges().record(acls);
  }

  @Override
  public void groupPositionWritten(String group, TopicPartition target, Duration latency) {
    sensors().groupPositions().record();
    if (mirrorMaker != null) {
      mirrorMaker.positionWritten(group, target, latency);
    }
  }

  @Override
  public void verified(PartitionVerdict found, PartitionVerdict last) {
    sensors().verifiedRecords().record((double) found.records());
    with(
        last.source(),
        it -> {
          verdicts.put(last.source(), last.verdict());
          it.different(last.differences());
        });
  }

  @Override
  public synchronized void duty(String name, boolean succeeded, Duration took) {
    if (link != null && !closed) {
      Map<String, String> tags = MetricsGroup.tags("link", link, "duty", name);
      duties
          .computeIfAbsent(name, one -> new DutyBean(metrics, tags, System::nanoTime))
          .ended(succeeded, took);
    }
  }

  @Override
  public void throttle(Throttle now) {
    throttleLimit =
        now.bytesPerSecond().isPresent() ? (double) now.bytesPerSecond().getAsLong() : Double.NaN;
  }

  @Override
  public void throttled(Duration time) {
    sensors().throttledMillis().record((double) time.toMillis());
  }

  @Override
  public void throttledBySource(Duration wait) {
    sensors().bySourceMillis().record((double) wait.toMillis());
  }

  @Override
  public void throttledByTarget(Duration wait) {
    sensors().byTargetMillis().record((double) wait.toMillis());
  }

  @Override
  public void timeToCatchUp(Optional<Duration> left) {
    catchUpMillis = left.isPresent() ? (double) left.get().toMillis() : Double.NaN;
  }

  @Override
  public void offsetMaps(long bytes) {
    offsetMapBytes = bytes;
  }

  @Override
  public void listenerFailed() {
    sensors().listenerErrors().record();
  }

  /** Removes all MBeans. Close the link first. Idempotent. */
  @Override
  public synchronized void close() {
    closed = true;
    partitions.clear();
    metrics.close();
    if (mirrorMaker != null) {
      mirrorMaker.close();
    }
  }
}
