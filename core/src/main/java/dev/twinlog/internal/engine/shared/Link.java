package dev.twinlog.internal.engine.shared;

import dev.twinlog.DeliveryGuarantee;
import dev.twinlog.GroupState;
import dev.twinlog.GroupSync;
import dev.twinlog.LinkState;
import dev.twinlog.PartitionState;
import dev.twinlog.PartitionVerdict;
import dev.twinlog.StateMetrics;
import dev.twinlog.Throttle;
import dev.twinlog.internal.engine.agent.EventAgent;
import dev.twinlog.internal.engine.agent.LinkTime;
import dev.twinlog.internal.engine.ownership.Claims;
import dev.twinlog.internal.options.LinkOptions;
import dev.twinlog.internal.options.LinkSettings;
import dev.twinlog.internal.status.MoveSnapshot;
import dev.twinlog.spi.Lease;
import dev.twinlog.spi.LinkMetrics;
import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.SkippedOffsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ThreadFactory;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The state that all agents of a link share: its settings, its state, its claims, its partitions'
 * figures, its listener and its metrics. Thread-safe.
 */
public final class Link {
  private static final Logger LOG = LoggerFactory.getLogger(Link.class);
  private static final Comparator<TopicPartition> BY_NAME =
      Comparator.comparing(TopicPartition::topic).thenComparingInt(TopicPartition::partition);

  private final Optional<UUID> continued;
  private final LinkSettings settings;
  private final LinkTime time;
  private final Claims claims = new Claims();
  private final UnsavedProgress unsaved;
  private final StateMetrics metrics;
  private final LinkThrottle throttle;
  private final PausedTopics pausedTopics = new PausedTopics();
  private final LinkSelection selection;
  private final LagTrend lagTrend = new LagTrend();
  private final EventAgent events;
  private final CurrentLinkLife state;
  private final Map<TopicPartition, PartitionFigures> allFigures =
      new ConcurrentSkipListMap<>(BY_NAME);
  private volatile @Nullable ReplicationException lastError;
  private volatile Map<String, List<String>> notes = Map.of();
  private Map<String, List<String>> topicNotes = Map.of();
  private final Map<String, Set<String>> partNotes = new TreeMap<>();
  private final Map<String, Map<String, List<String>>> dutyNotes = new TreeMap<>();
  private volatile String groupSync = "";
  private volatile GroupSync groupOptions;
  private volatile Map<String, GroupView> groups = Map.of();
  private final Set<String> adopted = ConcurrentHashMap.newKeySet();
  private volatile @Nullable Instant groupsAsOf;
  private final Map<Route, Long> targetEnds = new ConcurrentHashMap<>();
  private volatile List<String> missingTopics = List.of();
  private volatile Optional<MoveSnapshot> move = Optional.empty();
  private volatile Map<String, String> movedTopics = Map.of();
  private volatile Map<TopicPartition, SkippedOffsets> ofOthers = Map.of();

  public Link(LinkSettings settings, LinkTime time) {
    this(settings, time, Optional.empty());
  }

  /**
   * A link.
   *
   * @param continued the move of the link that its reversal lets it copy on behind, without being
   *     shown to others as a link that copies; empty for any other link
   */
  public Link(LinkSettings settings, LinkTime time, Optional<UUID> continued) {
    this.continued = continued;
    this.settings = settings;
    this.time = time;
    this.unsaved = new UnsavedProgress(this);
    this.groupOptions = settings.get(LinkOptions.GROUP_SYNC);
    this.selection =
        new LinkSelection(
            settings.link(), settings.source(), settings.sourceAbilities().changeableSelection());
    this.metrics = new GuardedMetrics(settings.get(LinkOptions.METRICS));
    this.events = new EventAgent(settings.link(), settings.get(LinkOptions.ON_EVENT), metrics);
    this.throttle =
        new LinkThrottle(settings.get(LinkOptions.THROTTLE), time, this::throttleChanged);
    this.state =
        new CurrentLinkLife(
            settings.get(LinkOptions.ENABLED) ? new LinkLife.Built(false) : new LinkLife.Disabled(),
            time.clock(),
            this::stateChanged);
  }

  /** The move of the link that its reversal lets it copy on behind; empty for any other link. */
  public Optional<UUID> continued() {
    return continued;
  }

  public LinkSettings settings() {
    return settings;
  }

  public String name() {
    return settings.link();
  }

  public LinkTime time() {
    return time;
  }

  /** What this instance owns of the link; nothing until it is connected. */
  public Claims claims() {
    return claims;
  }

  /** Tracks failures to save progress. */
  public UnsavedProgress unsaved() {
    return unsaved;
  }

  public LinkMetrics metrics() {
    return metrics;
  }

  /** How fast the link may read. */
  public LinkThrottle throttle() {
    return throttle;
  }

  /** Which topics are selected, and whether that was changed. */
  public LinkSelection selection() {
    return selection;
  }

  /** The topics that are paused by name. */
  public PausedTopics pausedTopics() {
    return pausedTopics;
  }

  public EventAgent events() {
    return events;
  }

  public CurrentLinkLife state() {
    return state;
  }

  /** Whether the link runs, and both clusters have answered the last discovery. */
  public boolean isReachable() {
    return state.get() instanceof LinkLife.Running running && running.isReachable();
  }

  public Map<TopicPartition, PartitionFigures> allFigures() {
    return allFigures;
  }

  public PartitionFigures addFigures(TopicPartition source) {
    PartitionFigures figures =
        new PartitionFigures(
            source, time.clock(), (from, to, reason) -> partitionChanged(source, from, to, reason));
    allFigures.put(source, figures);
    events.post(listener -> listener.partitionAdded(source));
    metrics.partitionState(source, PartitionState.OPENING);
    return figures;
  }

  /** The partition is no longer part of the link. Control thread. */
  public void removeFigures(TopicPartition source, String reason) {
    allFigures.remove(source);
    LOG.info("link {}: {} left the link: {}", name(), source, reason);
    metrics.partitionRemoved(source);
    events.post(listener -> listener.partitionRemoved(source, reason));
  }

  /** Logs that a partition has been retrying for a long time. */
  public void warnOfRetrying(TopicPartition source, Duration since, String reason) {
    LOG.warn("link {}: {} is RETRYING for {} s: {}", name(), source, since.toSeconds(), reason);
  }

  /** Notes about target topics, by topic name. */
  public Map<String, List<String>> notes() {
    return notes;
  }

  /** Topics that were selected by name and do not exist at the source. */
  public List<String> missingTopics() {
    return missingTopics;
  }

  /** Sets the topics that the last discovery missed, and logs the new ones. Control thread. */
  public void missingTopics(Set<String> now) {
    for (String topic : now) {
      if (!missingTopics.contains(topic)) {
        LOG.warn("link {}: topic {} was selected by name and does not exist", name(), topic);
      }
    }
    missingTopics = List.copyOf(new TreeSet<>(now));
  }

  /** Replaces the sink's notes about its topics, and posts new ones to the listener. */
  public synchronized void publishNotes(Map<String, List<String>> now) {
    topicNotes = now;
    publishNotes();
  }

  /** Replaces a duty's notes about target topics, and posts new ones to the listener. */
  public synchronized void publishNotes(String duty, Map<String, List<String>> now) {
    if (!now.equals(dutyNotes.put(duty, now))) {
      publishNotes();
    }
  }

  /** The greatest end of the route's target that the sink reported since the opening; 0 if none. */
  public long targetEnd(Route route) {
    return targetEnds.getOrDefault(route, 0L);
  }

  /** Forgets the reported end: the target's log may have been recreated. */
  public void forgetTargetEnd(Route route) {
    targetEnds.remove(route);
  }

  /** See {@link PluginContext#note}. */
  private synchronized void note(String topic, String text) {
    if (partNotes.computeIfAbsent(topic, name -> new LinkedHashSet<>()).add(text)) {
      publishNotes();
    }
  }

  private void publishNotes() {
    Map<String, Set<String>> all = new TreeMap<>();
    topicNotes.forEach((topic, texts) -> all.put(topic, new LinkedHashSet<>(texts)));
    for (Map<String, List<String>> ofDuty : dutyNotes.values()) {
      ofDuty.forEach(
          (topic, texts) ->
              all.computeIfAbsent(topic, name -> new LinkedHashSet<>()).addAll(texts));
    }
    partNotes.forEach(
        (topic, texts) -> all.computeIfAbsent(topic, name -> new LinkedHashSet<>()).addAll(texts));
    Map<String, List<String>> before = notes;
    Map<String, List<String>> copy = new TreeMap<>();
    all.forEach(
        (topic, texts) -> {
          copy.put(topic, List.copyOf(texts));
          List<String> known = before.getOrDefault(topic, List.of());
          for (String text : texts) {
            if (!known.contains(text)) {
              events.post(listener -> listener.noted(topic, text));
            }
          }
        });
    notes = Collections.unmodifiableMap(copy);
  }

  /** The link's move; empty if it was not moved, as far as is known here. */
  public Optional<MoveSnapshot> move() {
    return move;
  }

  /** Offsets of target partitions that are known to hold no copies of the link. Any thread. */
  public Map<TopicPartition, SkippedOffsets> ofOthers() {
    return ofOthers;
  }

  /** Offsets of target partitions that are known to hold no copies, since it was seeded. */
  public void ofOthers(Map<TopicPartition, SkippedOffsets> now) {
    ofOthers = Map.copyOf(now);
  }

  /** Why topics of the source are not copied any more, by topic: they were moved. Any thread. */
  public Map<String, String> movedTopics() {
    return movedTopics;
  }

  /** Topics of the source that are not copied any more, and why: those that were moved. */
  public void movedTopics(Map<String, String> now) {
    movedTopics = Map.copyOf(now);
  }

  /** Shows a move of the link. Any thread. */
  public void move(MoveSnapshot now) {
    move = Optional.of(now);
  }

  /** How consumer groups are kept in step now. Any thread. */
  public GroupSync groupOptions() {
    return groupOptions;
  }

  /** Keeps consumer groups in step in another way from the next cycle on. Any thread. */
  public void groupOptions(GroupSync next) {
    GroupSync before = groupOptions;
    groupOptions = next;
    LOG.info("link {}: {} -> {}, until its next start", name(), before, next);
    events.post(listener -> listener.groupSyncChanged(before, next));
  }

  /** Whether consumer groups are kept in step, and why not; empty before it is connected. */
  public String groupSync() {
    return groupSync;
  }

  /** Says whether consumer groups are kept in step. Control thread. */
  public void groupSync(String text) {
    groupSync = text;
  }

  /** The consumer groups of which the target's positions are replaced. Any thread. */
  public Set<String> adopted() {
    return adopted;
  }

  /** The consumer groups that are kept in step, by id. */
  public Map<String, GroupView> groups() {
    return groups;
  }

  /** When the consumer groups were read; empty before they were. */
  public Optional<Instant> groupsAsOf() {
    return Optional.ofNullable(groupsAsOf);
  }

  /** Replaces the consumer groups. Control thread. */
  public void groups(Map<String, GroupView> now) {
    groups = Collections.unmodifiableMap(now);
    groupsAsOf = time().clock().instant();
    Map<GroupState, Integer> counts = new EnumMap<>(GroupState.class);
    now.values().forEach(group -> counts.merge(group.state(), 1, Integer::sum));
    metrics.groups(counts);
  }

  /** A partition was compared by the continuous verification. Its thread. */
  public void verified(PartitionVerdict found, PartitionVerdict last) {
    metrics.verified(found, last);
  }

  public Optional<ReplicationException> lastError() {
    return Optional.ofNullable(lastError);
  }

  /** Records an error of the link as a whole; a repeated one is logged once. */
  public void error(ReplicationException cause) {
    ReplicationException before = lastError;
    lastError = cause;
    if (before == null || !String.valueOf(before.getMessage()).equals(cause.getMessage())) {
      LOG.info("link {}: {}", name(), cause.getMessage());
      LOG.debug("link {}", name(), cause);
    }
  }

  private void stateChanged(LinkState from, LinkState to, String reason) {
    if (to == LinkState.FAILED) {
      LOG.error("link {}: {} -> {}: {}", name(), from, to, reason, lastError);
    } else if (to == LinkState.FENCED || to == LinkState.MOVED) {
      LOG.warn("link {}: {} -> {}: {}", name(), from, to, reason);
    } else {
      LOG.info("link {}: {} -> {}: {}", name(), from, to, reason);
    }
    if (from == LinkState.NEW) {
      metrics.linkOpened(name());
      metrics.throttle(throttle.now());
    }
    metrics.linkState(to);
    events.post(listener -> listener.linkStateChanged(from, to, reason));
  }

  private void throttleChanged(Throttle from, Throttle to) {
    LOG.info("link {}: {} -> {}", name(), from, to);
    metrics.throttle(to);
    events.post(listener -> listener.throttleChanged(from, to));
  }

  private void throttledByBroker(Duration wait, boolean ofSource) {
    throttle.toldByBroker(wait, ofSource);
    if (ofSource) {
      metrics.throttledBySource(wait);
    } else {
      metrics.throttledByTarget(wait);
    }
  }

  /** Reports the lags of all partitions; about once a second, control thread. */
  public void reportLags() {
    long wall = time.clock().millis();
    long sum = 0;
    for (PartitionFigures figures : allFigures.values()) {
      long lag = figures.reportLag(metrics, wall);
      sum = lag < 0 || sum < 0 ? PartitionFigures.UNKNOWN : sum + lag;
    }
    lagTrend.sample(sum, time.nanoTime());
    metrics.timeToCatchUp(lagTrend.left());
    metrics.offsetMaps(claims.mapBytes());
  }

  /** How long it takes to catch up at the present rate; empty if it isn't known. Any thread. */
  public Optional<Duration> timeToCatchUp() {
    return isReachable() ? lagTrend.left() : Optional.empty();
  }

  /** Reports how long the throttle has held back; about once a second. */
  public void reportThrottled() {
    Duration held = throttle.takeHeld();
    if (!held.isZero()) {
      metrics.throttled(held);
    }
  }

  private void partitionChanged(
      TopicPartition source, PartitionState from, PartitionState to, String reason) {
    if (to == PartitionState.STOPPED) {
      LOG.warn("link {}: {} {} -> {}: {}", name(), source, from, to, reason);
    } else if (to == PartitionState.RETRYING || from == PartitionState.RETRYING) {
      LOG.info("link {}: {} {} -> {}: {}", name(), source, from, to, reason);
    } else {
      LOG.debug("link {}: {} {} -> {}: {}", name(), source, from, to, reason);
    }
    metrics.partitionState(source, to);
    events.post(listener -> listener.partitionStateChanged(source, from, to, reason));
  }

  /** Creates the context for the parts that belong to no lane: those that keep the link's state. */
  public PluginContext context() {
    return context(0, settings.get(LinkOptions.MAX_IN_FLIGHT_BYTES));
  }

  /** Creates the context for the writer of a lane. */
  public PluginContext context(int lane, long maxInFlightBytes) {
    return new Context(this, lane, maxInFlightBytes, false);
  }

  /** As {@link #context}, for the reader of the lane. */
  public PluginContext readerContext(int lane, long maxInFlightBytes) {
    return new Context(this, lane, maxInFlightBytes, true);
  }

  /** Creates threads named {@code twinlog-<link>-<role>}. */
  public ThreadFactory threads(String role) {
    return task -> {
      Thread thread = new Thread(task, "twinlog-" + name() + "-" + role);
      thread.setDaemon(false);
      return thread;
    };
  }

  private record Context(Link owner, int lane, long maxInFlightBytes, boolean reads)
      implements PluginContext {
    @Override
    public String link() {
      return owner.name();
    }

    @Override
    public boolean exactlyOnce() {
      return owner.settings.guarantee() == DeliveryGuarantee.EXACTLY_ONCE;
    }

    @Override
    public Lease lease() {
      return owner.claims.lease();
    }

    @Override
    public Lease lease(Route route) {
      return owner.claims.lease(route.source());
    }

    @Override
    public void retrying(Route route, RetriableException lastAnswer) {
      PartitionFigures figures = owner.allFigures.get(route.source());
      if (figures != null) {
        figures.lastAnswer(lastAnswer);
      }
    }

    @Override
    public void throttledByBroker(Duration wait) {
      owner.throttledByBroker(wait, reads);
    }

    @Override
    public Clock clock() {
      return owner.time.clock();
    }

    @Override
    public ThreadFactory threads(String role) {
      return owner.threads(role);
    }

    @Override
    public void targetEnd(Route route, long end) {
      owner.targetEnds.merge(route, end, Math::max);
    }

    @Override
    public void note(TopicPartition source, String text) {
      owner.note(owner.settings.get(LinkOptions.TOPIC_MAPPER).targetTopic(source.topic()), text);
    }
  }
}
