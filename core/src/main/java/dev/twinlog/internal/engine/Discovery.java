package dev.twinlog.internal.engine;

import dev.twinlog.PartitionState;
import dev.twinlog.internal.control.CopyAgain;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.LinkedCluster;
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
 * Compares what the source and the target have with what the link knows: new partitions join,
 * topics that are gone or were created again stop. Confined to the control thread; may block.
 */
final class Discovery {
  private static final long HELD_BACK = Duration.ofSeconds(5).toNanos();

  private final Link link;
  private final LinkConnector connection;
  private final Partitions partitions;

  /** What is known of partitions that are not part of the link now. */
  private final Map<SourcePartition, Progress> loaded;

  private Optional<String> sourceId = Optional.empty();
  private Optional<String> targetId = Optional.empty();

  /** For partitions whose topic was created again while the link was down. */
  private final Map<TopicPartition, Progress> former = new HashMap<>();

  private final Map<String, Integer> counts = new HashMap<>();
  private final boolean freshLink;
  private boolean first = true;

  /** What the start position means at the first discovery, however long the opening takes. */
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

  /** The number of partitions of each source topic, as last seen. */
  Map<String, Integer> counts() {
    return counts;
  }

  /** Asks the source. */
  void source() {
    List<SourcePartition> found = link.settings().source().partitions();
    if (first) {
      sourceId = clusterId(link.settings().sourceAbilities().cluster());
      targetId = clusterId(link.settings().sinkAbilities().cluster());
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
    absent(partitions.all().stream().filter(one -> !present.contains(one.partition())).toList());
    first = false;
    writeDownFollowed();
  }

  /** The link goes on with what took the place of its topics; so must its next start. */
  void writeDownFollowed() {
    List<PartitionControl> followed =
        partitions.all().stream().filter(one -> one.followed).toList();
    if (followed.isEmpty()) {
      return;
    }
    Optional<String> now = clusterId(link.settings().sourceAbilities().cluster());
    if (!now.equals(sourceId)) {
      connection.registerAgain();
      sourceId = now;
    }
    followed.forEach(partition -> partition.followed = false);
  }

  /** What is missing stops; what is still missing an interval later leaves the link. */
  private void absent(List<PartitionControl> missing) {
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
    // an address that leads to another cluster for a while has deleted nothing
    if (!leaving.isEmpty()
        && clusterId(link.settings().sourceAbilities().cluster()).equals(sourceId)) {
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
        "its topic was deleted at the source, or is hidden from this client; its progress is kept");
  }

  private static Optional<String> clusterId(Optional<LinkedCluster> cluster) {
    return cluster.map(LinkedCluster::clusterId);
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
   * The ends at the start of a link that begins there. Resolved when a partition is opened they
   * would be later ones if its target topic can't be had at once, and what came between be lost.
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
    // what appears while the link runs is copied from its beginning, so that nothing is missed
    return late && (endsNow(configured) || configured instanceof StartPosition.Offset)
        ? StartPosition.earliest()
        : configured;
  }

  /** Whether the position is the end as of now: the latest offset, or a time to come. */
  private boolean endsNow(StartPosition position) {
    return position instanceof StartPosition.Latest
        || (position instanceof StartPosition.Timestamp timestamp
            && timestamp.at().isAfter(link.time().clock().instant()));
  }

  private void compare(PartitionControl known, SourcePartition now, @Nullable String loop) {
    if (loop != null && !known.mayLoop) {
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
   * Asks the source for the ends of partitions that nobody hears now, so that their lag is true:
   * those that are not read, those that their reader can't hear, those whose writes get no answer,
   * since reading waits for that, those that wait for the memory that others take, and those of
   * which it told nothing when it was asked last. An end that the source does not tell is not
   * known.
   *
   * @return whether it told all of them
   */
  boolean ends() {
    Set<TopicPartition> unheard = new HashSet<>();
    for (PartitionControl partition : partitions.all()) {
      if (isUnheard(partition) && !partition.gone) {
        unheard.add(partition.partition());
      }
    }
    return unheard.isEmpty() || queryEnds(unheard).size() == unheard.size();
  }

  /** While the source can't be asked, nobody knows the ends of partitions that are not read. */
  void unreadEndsAreUnknown() {
    for (PartitionControl partition : partitions.all()) {
      if (partition.session == null) {
        partition.figures.askedInVain();
      }
    }
  }

  /** A reader does not repeat an end that it has told, so one that became unknown is asked for. */
  private boolean isUnheard(PartitionControl partition) {
    CopySession session = partition.session;
    return session == null
        || partition.figures.state() == PartitionState.RETRYING
        || partition.figures.sourceEnd() == SourceEnd.UNKNOWN
        || link.time().nanoTime() - session.heldBackNanos() > HELD_BACK;
  }

  /**
   * The ends that the source tells now, of all partitions of the link, topics included that are new
   * to it; {@link SourceEnd#UNKNOWN} of a partition that could not be asked.
   */
  Map<TopicPartition, Long> endsOfAll() {
    source();
    Set<TopicPartition> all = new HashSet<>();
    for (PartitionControl partition : partitions.all()) {
      if (!partition.gone) {
        all.add(partition.partition());
      }
    }
    Map<TopicPartition, Long> ends = new HashMap<>();
    all.forEach(partition -> ends.put(partition, SourceEnd.UNKNOWN));
    ends.putAll(queryEnds(all));
    return ends;
  }

  private Map<TopicPartition, Long> queryEnds(Set<TopicPartition> asked) {
    Map<TopicPartition, StartPosition> latest = new HashMap<>();
    asked.forEach(partition -> latest.put(partition, StartPosition.latest()));
    Map<TopicPartition, Long> told = Map.of();
    try {
      told = asked.isEmpty() ? Map.of() : link.settings().source().resolve(latest);
    } finally {
      for (PartitionControl partition : partitions.all()) {
        if (asked.contains(partition.partition()) && isUnheard(partition)) {
          take(partition.figures, told.get(partition.partition()));
        }
      }
    }
    return told;
  }

  private static void take(PartitionFigures figures, @Nullable Long end) {
    if (end == null) {
      figures.askedInVain();
    } else {
      figures.asked(end);
    }
  }

  /** Asks the target what it has deleted by now, so that the offset map needn't know it. */
  void targetStarts() {
    Collection<TopicPartition> mapped = link.maps().targets();
    if (!mapped.isEmpty()) {
      link.settings()
          .sinkAbilities()
          .topics()
          .ifPresent(sink -> link.maps().trim(sink.startOffsets(mapped)));
    }
  }

  /** Asks the target about the topics that this link writes to. */
  void target() {
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
        look(partition, session, Optional.ofNullable(now.get(session.targetTopic())));
      }
    }
  }

  /** Said once, for the link: each partition would take it for a topic that was deleted. */
  private void requireSameTarget() {
    Optional<String> now = clusterId(link.settings().sinkAbilities().cluster());
    if (!now.equals(targetId)) {
      throw new LinkFailedException(
          ("the target, %s, is another cluster now: %s, where this link wrote into %s. If that is"
                  + " meant, build a new replicator and start it: it finds no progress there and copies"
                  + " everything. Else correct the address")
              .formatted(
                  link.settings().sink(), now.orElse("unknown"), targetId.orElse("unknown")));
    }
  }

  private void look(
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
        ("target topic %s %s while it was written; call acceptLoss for %s to create it if need be and"
                + " to go on at source offset %d; or, %s")
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
      return true; // opening says so
    }
  }
}
