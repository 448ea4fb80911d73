package dev.twinlog.internal.engine;

import dev.twinlog.PartitionState;
import dev.twinlog.internal.control.CopyAgain;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.StartPosition;
import dev.twinlog.spi.TopicDescription;
import dev.twinlog.spi.TopicSink;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * Discovers partitions: new ones are added to the link, and those of deleted or recreated topics
 * stop. Also checks the target topics. Confined to the control thread; may block.
 */
final class Discovery {
  private static final long HELD_BACK = Duration.ofSeconds(5).toNanos();

  private final Link link;
  private final LinkConnector connection;
  private final Partitions partitions;

  /** The saved progress of partitions, with which they are added to the link. */
  private final Map<SourcePartition, Progress> loaded;

  private Optional<String> sourceId = Optional.empty();
  private Optional<String> targetId = Optional.empty();

  /** The progress by partition, for topics that were recreated while the link was down. */
  private final Map<TopicPartition, Progress> former = new HashMap<>();

  private final Map<String, Integer> counts = new HashMap<>();
  private final boolean freshLink;
  private boolean first = true;

  /** The offsets of the start position at the first discovery. */
  private Map<TopicPartition, Long> starts = Map.of();

  Discovery(
      Link link,
      LinkConnector connection,
      Partitions partitions,
      Map<SourcePartition, Progress> loaded) {
    this.link = link;
    this.connection = connection;
    this.partitions = partitions;
    this.freshLink = loaded.isEmpty();
    this.loaded = new HashMap<>(loaded);
    loaded.forEach((source, progress) -> former.put(source.partition(), progress));
  }

  /** The number of partitions of each source topic at the last discovery. */
  Map<String, Integer> counts() {
    return counts;
  }

  /** Discovers the partitions of the source. */
  void discover() {
    List<SourcePartition> found = link.settings().source().partitions();
    if (first) {
      sourceId = link.settings().sourceAbilities().clusterId();
      targetId = link.settings().sinkAbilities().clusterId();
    }
    counts.clear();
    found.forEach(source -> counts.merge(source.partition().topic(), 1, Integer::sum));
    Map<String, String> loops = connection.discovered(found);
    starts = starts(found);
    Set<TopicPartition> present = new HashSet<>();
    for (SourcePartition source : found) {
      present.add(source.partition());
      PartitionControl known = partitions.find(source.partition());
      if (known == null) {
        join(source, loops.get(source.partition().topic()));
      } else {
        compare(known, source, loops.get(source.partition().topic()));
      }
    }
    handleMissing(
        partitions.all().stream().filter(one -> !present.contains(one.partition())).toList());
    first = false;
    registerRecreated();
  }

  /** Registers a source cluster with recreated topics, so that the next start also accepts it. */
  void registerRecreated() {
    List<PartitionControl> recreated =
        partitions.all().stream().filter(one -> one.registrationDue).toList();
    if (recreated.isEmpty()) {
      return;
    }
    Optional<String> now = link.settings().sourceAbilities().clusterId();
    if (!now.equals(sourceId)) {
      connection.registerAgain();
      sourceId = now;
    }
    recreated.forEach(partition -> partition.registrationDue = false);
  }

  /** Stops missing partitions, and removes those that are still missing one interval later. */
  private void handleMissing(List<PartitionControl> missing) {
    long now = link.time().nanoTime();
    List<PartitionControl> leaving = new ArrayList<>();
    for (PartitionControl partition : missing) {
      if (!partition.gone) {
        partition.gone = true;
        partition.goneAtNanos = now;
        partitions.stopAfterDrain(partition, new SourceGoneException(partition.partition()));
      } else if (partition.isIdle()
          && now - partition.goneAtNanos >= link.settings().discoveryInterval().toNanos()) {
        leaving.add(partition);
      }
    }
    // if the address leads to another cluster for a while, no topic was deleted
    if (!leaving.isEmpty() && link.settings().sourceAbilities().clusterId().equals(sourceId)) {
      leaving.forEach(this::leave);
    }
  }

  private void leave(PartitionControl partition) {
    Progress progress = partition.progress;
    if (progress != null) {
      loaded.put(progress.source(), progress);
      former.put(partition.partition(), progress);
    }
    partitions.remove(
        partition,
        "its topic was deleted at the source, or this client may no longer describe it; its progress is kept");
  }

  private void join(SourcePartition source, @Nullable String loop) {
    TopicPartition partition = source.partition();
    Progress progress = loaded.get(source);
    partitions.add(source, progress, start(partition));
    PartitionControl joined = partitions.find(partition);
    if (joined == null) {
      return;
    }
    if (loop != null) {
      partitions.stopAfterDrain(joined, new RefusedTopicException(partition, loop));
    } else if (progress == null && former.containsKey(partition)) {
      joined.progress = former.get(partition);
      partitions.recreated(joined, source);
    }
  }

  /**
   * Resolves the end offsets at the start of a link that starts at the end. If they were resolved
   * when a partition is opened, records that arrive until its target topic exists would not be
   * copied.
   */
  private Map<TopicPartition, Long> starts(List<SourcePartition> found) {
    StartPosition configured = link.settings().startFrom();
    if (!first || !freshLink || found.isEmpty() || !endsNow(configured)) {
      return Map.of();
    }
    Map<TopicPartition, StartPosition> asked = new HashMap<>();
    found.forEach(source -> asked.put(source.partition(), configured));
    return link.settings().source().resolve(asked);
  }

  private StartPosition start(TopicPartition partition) {
    StartPosition configured = link.settings().startFrom();
    Long resolved = starts.get(partition);
    if (resolved != null) {
      return StartPosition.offset(resolved);
    }
    boolean late = !(first && freshLink);
    // partitions that are added later are copied from their beginning, so that no record is missed
    return late && (endsNow(configured) || configured instanceof StartPosition.Offset)
        ? StartPosition.earliest()
        : configured;
  }

  /** Whether the position is the current end: the latest offset, or a time in the future. */
  private boolean endsNow(StartPosition position) {
    return position instanceof StartPosition.Latest
        || (position instanceof StartPosition.Timestamp timestamp
            && timestamp.at().isAfter(link.time().clock().instant()));
  }

  private void compare(PartitionControl known, SourcePartition now, @Nullable String loop) {
    if (loop != null && !known.loopSuspected) {
      partitions.stopAfterDrain(known, new RefusedTopicException(known.partition(), loop));
    } else if (!known.source.equals(now) && !now.equals(known.successor)) {
      known.gone = false;
      partitions.recreated(known, now);
    } else if (known.gone) {
      known.gone = false;
      partitions.reappeared(known);
    }
  }

  /**
   * Requests the ends of partitions that no reader reports now, so that their lag is right:
   * partitions that are not read, that are unavailable to their reader, that are RETRYING because
   * writes are not acknowledged, that are paused by the memory budget, and whose end is unknown. An
   * end that the source doesn't return becomes unknown.
   *
   * @return whether the source returned all of them
   */
  boolean requestUnreportedEnds() {
    Set<TopicPartition> wanted = new HashSet<>();
    for (PartitionControl partition : partitions.all()) {
      if (needsEnd(partition) && !partition.gone) {
        wanted.add(partition.partition());
      }
    }
    return wanted.isEmpty() || requestEnds(wanted).size() == wanted.size();
  }

  /** Sets the ends of partitions that are not read to unknown, while the source is unavailable. */
  void markUnreadEndsUnknown() {
    for (PartitionControl partition : partitions.all()) {
      if (partition.session == null) {
        partition.figures.endNotReturned();
      }
    }
  }

  /** Whether the end has to be requested. A reader doesn't repeat an end that became unknown. */
  private boolean needsEnd(PartitionControl partition) {
    CopySession session = partition.session;
    return session == null
        || partition.figures.state() == PartitionState.RETRYING
        || partition.figures.sourceEnd() == SourceEnd.UNKNOWN
        || link.time().nanoTime() - session.heldBackNanos() > HELD_BACK;
  }

  /**
   * Discovers partitions and requests the ends of all of them; {@link SourceEnd#UNKNOWN} if the
   * source didn't return an end.
   */
  Map<TopicPartition, Long> endsOfAll() {
    discover();
    Set<TopicPartition> all = new HashSet<>();
    for (PartitionControl partition : partitions.all()) {
      if (!partition.gone) {
        all.add(partition.partition());
      }
    }
    Map<TopicPartition, Long> ends = new HashMap<>();
    all.forEach(partition -> ends.put(partition, SourceEnd.UNKNOWN));
    ends.putAll(requestEnds(all));
    return ends;
  }

  private Map<TopicPartition, Long> requestEnds(Set<TopicPartition> asked) {
    Map<TopicPartition, StartPosition> latest = new HashMap<>();
    asked.forEach(partition -> latest.put(partition, StartPosition.latest()));
    Map<TopicPartition, Long> returned = Map.of();
    try {
      returned = asked.isEmpty() ? Map.of() : link.settings().source().resolve(latest);
    } finally {
      for (PartitionControl partition : partitions.all()) {
        if (asked.contains(partition.partition()) && needsEnd(partition)) {
          setEnd(partition.figures, returned.get(partition.partition()));
        }
      }
    }
    return returned;
  }

  private static void setEnd(PartitionFigures figures, @Nullable Long end) {
    if (end == null) {
      figures.endNotReturned();
    } else {
      figures.endReturned(end);
    }
  }

  /** Requests the log start offsets of the target, to trim the offset map. */
  void trimMaps() {
    Collection<TopicPartition> mapped = link.maps().targets();
    if (!mapped.isEmpty()) {
      link.settings()
          .sinkAbilities()
          .topics()
          .ifPresent(sink -> link.maps().trim(sink.startOffsets(mapped)));
    }
  }

  /** Checks the target topics that this link writes to. */
  void checkTargets() {
    Optional<TopicSink> topics = link.settings().sinkAbilities().topics();
    if (topics.isEmpty()) {
      return;
    }
    requireSameTarget();
    Set<String> written = new HashSet<>();
    for (PartitionControl partition : partitions.all()) {
      if (partition.session != null) {
        written.add(partition.session.targetTopic());
      }
    }
    if (written.isEmpty()) {
      return;
    }
    Map<String, TopicDescription> now = topics.get().describeTopics(written);
    for (PartitionControl partition : partitions.all()) {
      CopySession session = partition.session;
      if (session != null && !session.isClosed()) {
        checkTarget(partition, session, Optional.ofNullable(now.get(session.targetTopic())));
      }
    }
  }

  /** Fails the link; else each partition would report a deleted topic. */
  private void requireSameTarget() {
    Optional<String> now = link.settings().sinkAbilities().clusterId();
    if (!now.equals(targetId)) {
      throw new LinkFailedException(
          ("the target, %s, is another cluster now: %s, while this link wrote to %s. If that is"
                  + " intended, build a new replicator and start it: it finds no progress there and"
                  + " copies everything. Else correct the address")
              .formatted(
                  link.settings().sink(), now.orElse("unknown"), targetId.orElse("unknown")));
    }
  }

  private void checkTarget(
      PartitionControl partition, CopySession session, Optional<TopicDescription> found) {
    String target = session.targetTopic();
    Optional<Uuid> id = found.flatMap(TopicDescription::id);
    if (found.isEmpty()) {
      partitions.abort(partition, lost(target, "was deleted", partition));
    } else if (id.isPresent() && session.targetId().isPresent() && !id.equals(session.targetId())) {
      partitions.abort(partition, lost(target, "was deleted and created again", partition));
    } else if (found.get().partitions() != session.routes().targetPartitions()
        && routesChange(partition, session, target, found.get().partitions())) {
      partitions.reopen(partition);
    }
  }

  private static TargetLostException lost(String target, String what, PartitionControl partition) {
    return new TargetLostException(
        ("target topic %s %s while it was written; call acceptLoss for %s to create it if necessary"
                + " and to continue at source offset %d; or, %s")
            .formatted(
                target,
                what,
                partition.partition(),
                Math.max(0, partition.figures.copiedNext()),
                CopyAgain.ADVICE));
  }

  private boolean routesChange(
      PartitionControl partition, CopySession session, String target, int count) {
    try {
      RouteTable now =
          RouteTable.of(partition.partition(), target, count, link.settings().partitionMapper());
      return !now.routes().equals(session.routes().routes());
    } catch (PartitionFailedException e) {
      return true; // opening reports the failure
    }
  }
}
