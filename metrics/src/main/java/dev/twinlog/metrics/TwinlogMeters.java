package dev.twinlog.metrics;

import dev.twinlog.GroupState;
import dev.twinlog.LinkState;
import dev.twinlog.PartitionState;
import dev.twinlog.PartitionVerdict;
import dev.twinlog.StateMetrics;
import dev.twinlog.Throttle;
import dev.twinlog.spi.BatchHandling;
import dev.twinlog.spi.Route;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * The Micrometer meters of one link; {@link TwinlogMeter} lists them.
 *
 * <pre>{@code
 * TwinlogMeters meters = new TwinlogMeters();
 * meters.bindTo(registry);
 * Replicator replicator = Replicator.builder().metrics(meters)...build();
 * }</pre>
 *
 * <p>May be bound to any number of registries, before the link starts or while it runs: counters
 * carry over what they have counted, the timer starts again at zero. Meters appear when the link
 * starts. When a partition leaves the link, or the link closes, its gauges go, but the state of a
 * link that failed or was fenced stays; counters and timers stay for a last look until {@link
 * #close()}. A link that is closed and built again may keep its object, and counts on.
 *
 * <p>Thread-safe. Never blocks but for moments when a topic or partition is seen for the first
 * time.
 */
public final class TwinlogMeters implements MeterBinder, StateMetrics, AutoCloseable {
  private final Registries registries = new Registries();
  private final boolean ofPartitions;
  private final Map<TopicPartition, PartitionMeters> partitions = new ConcurrentHashMap<>();

  /** By the values of the tags topic and partition. */
  private final Map<List<String>, PartitionSeries> series = new ConcurrentHashMap<>();

  private final Map<String, TopicMeters> topics = new ConcurrentHashMap<>();
  private final Map<String, DutyMeters> duties = new ConcurrentHashMap<>();

  /** Guards what follows, and that gauges of partitions come only while the link is open. */
  private final Object lock = new Object();

  private final List<GaugeSeries> linkGauges = new ArrayList<>();
  private final VerifyMeters verification = new VerifyMeters(registries);
  private final List<GaugeSeries> groupGauges = new ArrayList<>();
  private volatile Map<GroupState, Integer> groups = Map.of();
  private volatile @Nullable CounterSeries groupPositions;
  private volatile @Nullable String link;
  private volatile @Nullable LinkState state;
  private volatile @Nullable CounterSeries listenerErrors;
  private volatile @Nullable CounterSeries aclChanges;
  private volatile @Nullable SecondsSeries throttledTime;
  private volatile @Nullable SecondsSeries throttledBySource;
  private volatile @Nullable SecondsSeries throttledByTarget;
  private volatile double throttleLimit = Double.NaN;
  private volatile double catchUpMillis = Double.NaN;
  private volatile long offsetMapBytes;
  private boolean open;

  /**
   * Meters of a link whose name is learned when it starts; bound to no registry. Lag, records and
   * bytes are shown of each source partition: five series and more per partition.
   */
  public TwinlogMeters() {
    this(true);
  }

  private TwinlogMeters(boolean ofPartitions) {
    this.ofPartitions = ofPartitions;
  }

  /**
   * Meters without series of partitions, for links with so many that they would cost too much: what
   * has the tag {@code partition} is shown of a topic's partitions together, with {@code all} as
   * the tag's value. Records, bytes, the lag in records and what is held back are sums, times are
   * those of the partition that is furthest behind; a lag is NaN if that of one partition is not
   * known, and exact is 1 if all of them are. Only records that a verification has found different
   * are shown of their partition. {@code status()} has all partitions.
   */
  public static TwinlogMeters perTopic() {
    return new TwinlogMeters(false);
  }

  /**
   * Shows the meters in this registry too; binding one twice changes nothing.
   *
   * @throws IllegalStateException after {@link #close()}
   */
  @Override
  public void bindTo(MeterRegistry registry) {
    registries.bind(Objects.requireNonNull(registry, "registry"));
  }

  /**
   * The link starts.
   *
   * @throws IllegalStateException after {@link #close()}, or if this object serves another link
   */
  @Override
  public void linkOpened(String name) {
    synchronized (lock) {
      if (registries.isClosed()) {
        throw new IllegalStateException("the meters of link " + name + " are closed");
      }
      if (link != null && !name.equals(link)) {
        throw new IllegalStateException(
            "these are the meters of link %s: link %s needs its own".formatted(link, name));
      }
      if (link == null) {
        link = name;
        listenerErrors = registries.add(new CounterSeries(TwinlogMeter.LISTENER_ERRORS, name));
        aclChanges = registries.add(new CounterSeries(TwinlogMeter.ACL_CHANGES, name));
        throttledTime = seconds(TwinlogMeter.THROTTLED_TIME, name);
        throttledBySource = seconds(TwinlogMeter.BROKER_THROTTLED_TIME, name, "source");
        throttledByTarget = seconds(TwinlogMeter.BROKER_THROTTLED_TIME, name, "target");
        groupPositions = registries.add(new CounterSeries(TwinlogMeter.GROUP_POSITIONS, name));
      }
      open = true;
      if (linkGauges.isEmpty()) {
        for (LinkState shown : LinkState.values()) {
          linkGauges.add(
              registries.add(
                  GaugeSeries.of(
                      TwinlogMeter.LINK_STATE, () -> state == shown ? 1 : 0, name, shown.name())));
        }
        linkGauges.add(
            registries.add(GaugeSeries.of(TwinlogMeter.THROTTLE_LIMIT, () -> throttleLimit, name)));
        linkGauges.add(
            registries.add(
                GaugeSeries.ofMillis(TwinlogMeter.CATCH_UP_TIME, () -> catchUpMillis, name)));
        linkGauges.add(
            registries.add(GaugeSeries.of(TwinlogMeter.OFFSET_MAPS, () -> offsetMapBytes, name)));
      }
    }
  }

  private SecondsSeries seconds(TwinlogMeter meter, String... tagValues) {
    return new SecondsSeries(registries.add(new CounterSeries(meter, tagValues)));
  }

  /** The link has closed; only how it ended, if it failed or was fenced, must not be overlooked. */
  @Override
  public void linkClosed(String name) {
    synchronized (lock) {
      open = false;
      catchUpMillis = Double.NaN;
      offsetMapBytes = 0;
      partitions.values().forEach(PartitionMeters::removed);
      duties.values().forEach(DutyMeters::closed);
      groupGauges.forEach(registries::remove);
      groupGauges.clear();
      verification.clear();
      if (state != LinkState.FAILED && state != LinkState.FENCED) {
        linkGauges.forEach(registries::remove);
        linkGauges.clear();
      }
    }
  }

  @Override
  public void linkState(LinkState now) {
    state = now;
  }

  @Override
  public void groups(Map<GroupState, Integer> byState) {
    groups = Map.copyOf(byState);
    synchronized (lock) {
      if (open && groupGauges.isEmpty()) {
        for (GroupState shown : GroupState.values()) {
          groupGauges.add(
              registries.add(
                  GaugeSeries.of(
                      TwinlogMeter.GROUPS,
                      () -> groups.getOrDefault(shown, 0),
                      linkName(),
                      shown.name())));
        }
      }
    }
  }

  @Override
  public void throttle(Throttle now) {
    throttleLimit =
        now.bytesPerSecond().isPresent() ? (double) now.bytesPerSecond().getAsLong() : Double.NaN;
  }

  @Override
  public void throttled(Duration time) {
    add(throttledTime, time);
  }

  @Override
  public void throttledBySource(Duration wait) {
    add(throttledBySource, wait);
  }

  @Override
  public void throttledByTarget(Duration wait) {
    add(throttledByTarget, wait);
  }

  private static void add(@Nullable SecondsSeries seconds, Duration time) {
    if (seconds == null) {
      throw tooEarly();
    }
    seconds.add(time);
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
  public void groupPositionWritten(String group, TopicPartition target, Duration latency) {
    CounterSeries written = groupPositions;
    if (written == null) {
      throw tooEarly();
    }
    written.add(1);
  }

  @Override
  public void partitionState(TopicPartition source, PartitionState now) {
    PartitionMeters partition = partition(source);
    synchronized (lock) {
      if (open) {
        partition.state(now);
      }
    }
  }

  @Override
  public void partitionRemoved(TopicPartition source) {
    PartitionMeters partition = partitions.get(source);
    if (partition != null) {
      synchronized (lock) {
        partition.removed();
        verification.removed(source);
      }
    }
  }

  @Override
  public void verified(PartitionVerdict found, PartitionVerdict last) {
    topic(found.source().topic()).verified(found.records());
    synchronized (lock) {
      if (open) {
        verification.verified(linkName(), last);
      }
    }
  }

  @Override
  public void copied(Route route, long records, long bytes, Duration latency) {
    PartitionMeters partition = partition(route.source());
    partition.series.records.add(records);
    partition.series.bytes.add(bytes);
    partition.topic.latency.record(latency);
  }

  @Override
  public void handling(Route route, BatchHandling handling, long batches) {
    topic(route.source().topic()).batches(handling).add(batches);
  }

  @Override
  public void filtered(TopicPartition source, long records) {
    topic(source.topic()).filtered.add(records);
  }

  @Override
  public void lag(TopicPartition source, long records, Duration time) {
    PartitionMeters partition = partition(source);
    synchronized (lock) {
      if (open) {
        partition.lag((double) records, time);
      }
    }
  }

  @Override
  public void lagUnknown(TopicPartition source, Duration time) {
    PartitionMeters partition = partition(source);
    synchronized (lock) {
      if (open) {
        partition.lag(Double.NaN, time);
      }
    }
  }

  @Override
  public void heldBack(TopicPartition source, long offsets, Duration time) {
    PartitionMeters partition = partition(source);
    synchronized (lock) {
      if (open) {
        partition.heldBack(offsets, time);
      }
    }
  }

  @Override
  public void guarantee(TopicPartition source, boolean exact) {
    PartitionMeters partition = partition(source);
    synchronized (lock) {
      if (open) {
        partition.exact(exact);
      }
    }
  }

  @Override
  public void retried(TopicPartition source) {
    topic(source.topic()).retries.add(1);
  }

  @Override
  public void rewound(TopicPartition source) {
    topic(source.topic()).rewinds.add(1);
  }

  @Override
  public void skipped(TopicPartition source, long offsets) {
    topic(source.topic()).skipped.add(offsets);
  }

  @Override
  public void deadLetter(TopicPartition source) {
    topic(source.topic()).deadLetters.add(1);
  }

  @Override
  public void configsChanged(String sourceTopic, int configs) {
    topic(sourceTopic).configChanges.add(configs);
  }

  @Override
  public void aclsChanged(int acls) {
    CounterSeries changes = aclChanges;
    if (changes == null) {
      throw tooEarly();
    }
    changes.add(acls);
  }

  @Override
  public void failed(TopicPartition source) {
    topic(source.topic()).errors.add(1);
  }

  @Override
  public void duty(String name, boolean succeeded, Duration took) {
    DutyMeters duty =
        duties.computeIfAbsent(name, one -> new DutyMeters(registries, linkName(), one));
    synchronized (lock) {
      duty.ended(succeeded, took, open);
    }
  }

  @Override
  public void listenerFailed() {
    CounterSeries errors = listenerErrors;
    if (errors == null) {
      throw tooEarly();
    }
    errors.add(1);
  }

  /** Removes the meters from all registries and ignores whatever the link still measures. */
  @Override
  public void close() {
    synchronized (lock) {
      open = false;
      registries.close();
      linkGauges.clear();
      groupGauges.clear();
      verification.clear();
      partitions.clear();
      series.clear();
      topics.clear();
      duties.clear();
    }
  }

  /** What the link has copied of all partitions so far, in bytes. */
  long bytesCopied() {
    return series.values().stream().mapToLong(one -> one.bytes.total()).sum();
  }

  private PartitionMeters partition(TopicPartition source) {
    PartitionMeters known = partitions.get(source);
    return known != null
        ? known
        : partitions.computeIfAbsent(
            source, tp -> new PartitionMeters(topic(tp.topic()), series(tp), tp.partition()));
  }

  private PartitionSeries series(TopicPartition source) {
    String partition = ofPartitions ? Integer.toString(source.partition()) : PartitionSeries.ALL;
    return series.computeIfAbsent(
        List.of(source.topic(), partition),
        tags -> new PartitionSeries(registries, linkName(), source.topic(), partition));
  }

  private TopicMeters topic(String name) {
    TopicMeters known = topics.get(name);
    return known != null
        ? known
        : topics.computeIfAbsent(name, n -> new TopicMeters(registries, linkName(), n));
  }

  private String linkName() {
    String name = link;
    if (name == null) {
      throw tooEarly();
    }
    return name;
  }

  private static IllegalStateException tooEarly() {
    return new IllegalStateException("linkOpened comes first");
  }
}
