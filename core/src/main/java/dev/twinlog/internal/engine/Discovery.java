package dev.twinlog.internal.engine;

import dev.twinlog.RecreatedTopic;
import dev.twinlog.SyncChange;
import dev.twinlog.internal.control.TopicAdmission;
import dev.twinlog.internal.engine.duty.Calls;
import dev.twinlog.internal.engine.duty.PlannedChanges;
import dev.twinlog.internal.engine.duty.PlannedChanges.Change;
import dev.twinlog.internal.engine.duty.PlannedDuty;
import dev.twinlog.internal.engine.lane.GapException;
import dev.twinlog.internal.engine.ownership.Claim;
import dev.twinlog.internal.engine.partition.CopyPosition;
import dev.twinlog.internal.engine.partition.PartitionControl;
import dev.twinlog.internal.engine.partition.PartitionLife.Gone;
import dev.twinlog.internal.engine.partition.PartitionLife.Stopped;
import dev.twinlog.internal.engine.partition.Partitions;
import dev.twinlog.internal.engine.partition.RefusedTopicException;
import dev.twinlog.internal.engine.partition.SourceEvent;
import dev.twinlog.internal.engine.partition.SourceEvent.Found;
import dev.twinlog.internal.engine.partition.SourceEvent.Missing;
import dev.twinlog.internal.engine.partition.SourceEvent.TopicRefused;
import dev.twinlog.internal.engine.partition.SourceGoneException;
import dev.twinlog.internal.engine.partition.UserEvent.LossAccepted;
import dev.twinlog.internal.engine.shared.Link;
import dev.twinlog.internal.engine.shared.LinkFailure;
import dev.twinlog.internal.engine.shared.LinkSelection;
import dev.twinlog.internal.options.LinkOptions;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.StartPosition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Discovers partitions: new ones of claimed shards are added to the link, and those of deleted or
 * recreated topics stop. Confined to the control thread, except what a method says the calls do.
 */
final class Discovery implements PlannedDuty {
  private final Link link;
  private final LinkConnector connection;
  private final TopicAdmission admission;
  private final Partitions partitions;
  private final LinkNotes notes;
  private final Calls calls;
  private final LinkFailure failure;

  private Map<String, Integer> counts = Map.of();

  /** Whether the source is being asked whether recreated topics may be followed, or when it is. */
  private boolean followAsked;

  private long followAt = Long.MIN_VALUE;

  /** The source cluster that is registered. Written by the calls. */
  private volatile Optional<String> sourceId = Optional.empty();

  /** Whether no discovery has succeeded yet. Calls. */
  private boolean first = true;

  /**
   * What was known when a discovery was asked for. What was found may be older than anything else.
   *
   * @param partitions the partitions of the link
   * @param claims the claims
   * @param fresh those of the claims with which the link begins
   */
  private record Known(
      Map<TopicPartition, SourcePartition> partitions,
      Collection<Claim> claims,
      Collection<Claim> fresh) {

    /** Whether a partition of the link is the one that was known. */
    boolean has(PartitionControl partition) {
      return partition.position().source().equals(partitions.get(partition.partition()));
    }
  }

  /**
   * What a discovery has found.
   *
   * @param loops the reason for each topic that must not be copied
   * @param starts the offsets of the start position, for partitions with which the link begins
   * @param selection the number of the selection of topics by which the source has answered, or of
   *     one before it
   */
  private record Findings(
      List<SourcePartition> sources,
      Map<String, String> loops,
      Map<TopicPartition, Long> starts,
      LinkNotes.Answer notes,
      long selection) {}

  Discovery(RunningLink.Parts parts, LinkNotes notes) {
    this.link = parts.link();
    this.connection = parts.connection();
    this.admission = parts.admission();
    this.partitions = parts.partitions();
    this.calls = parts.calls();
    this.failure = parts.failure();
    this.notes = notes;
  }

  /** The source cluster that the link is registered for; empty before the first discovery. */
  Optional<String> registeredSource() {
    return sourceId;
  }

  /** The number of partitions of each source topic at the last discovery. */
  Map<String, Integer> counts() {
    return counts;
  }

  @Override
  public String name() {
    return "discovery";
  }

  @Override
  public Duration interval() {
    return link.settings().get(LinkOptions.DISCOVERY_INTERVAL);
  }

  @Override
  public Optional<Supplier<Runnable>> prepare() {
    Map<TopicPartition, SourcePartition> joined = new HashMap<>();
    for (PartitionControl partition : partitions.all()) {
      joined.put(partition.partition(), partition.position().source());
    }
    Collection<Claim> claims = link.claims().all();
    Known known = new Known(joined, claims, claims.stream().filter(Claim::isFresh).toList());
    return Optional.of(
        () -> {
          Findings found = ask(known.fresh());
          return () -> apply(found, known);
        });
  }

  @Override
  public Optional<Supplier<PlannedChanges>> preparePlan() {
    return Optional.of(this::plan);
  }

  /** Finds which topics would be created, and which would get partitions. Calls. */
  private PlannedChanges plan() {
    Map<String, Integer> topics = new HashMap<>();
    for (SourcePartition source : link.settings().source().partitions()) {
      topics.merge(source.partition().topic(), 1, Integer::sum);
    }
    return planned(admission.plan(topics));
  }

  /** The same for people. */
  static PlannedChanges planned(TopicAdmission.Plan plan) {
    List<Change> changes = new ArrayList<>();
    plan.created()
        .forEach(
            (topic, partitions) ->
                changes.add(
                    new Change(
                        SyncChange.Kind.CREATE_TOPIC,
                        topic,
                        Optional.empty(),
                        Optional.of(partitions(partitions)))));
    plan.grown()
        .forEach(
            (topic, growth) ->
                changes.add(
                    new Change(
                        SyncChange.Kind.ADD_PARTITIONS,
                        topic,
                        Optional.of(partitions(growth.from())),
                        Optional.of(partitions(growth.to())))));
    return new PlannedChanges(changes, plan.refusals());
  }

  private static String partitions(int number) {
    return number == 1 ? "1 partition" : number + " partitions";
  }

  /** Asks the source. Calls. */
  private Findings ask(Collection<Claim> fresh) {
    long selection = link.selection().now().number();
    List<SourcePartition> found = link.settings().source().partitions();
    if (first) {
      sourceId = link.settings().sourceAbilities().clusterId();
    }
    Map<String, String> loops = connection.discovered(found);
    Map<TopicPartition, Long> starts = starts(found, fresh);
    first = false;
    LinkNotes.Answer answer = notes.ask();
    return new Findings(found, loops, starts, answer, selection);
  }

  /** Applies what was found to what was known then; all else is left alone. */
  private void apply(Findings found, Known known) {
    // else others are selected since, for which discovery runs again
    LinkSelection.Version selection = link.selection().now();
    boolean isBySelection = found.selection() == selection.number();
    Map<String, Integer> now = isBySelection ? new HashMap<>() : new HashMap<>(counts);
    Set<TopicPartition> present = new HashSet<>();
    now.keySet().removeAll(topics(found.sources()));
    for (SourcePartition source : found.sources()) {
      if (!selection.selects(source.partition().topic())) {
        continue; // it has left, or is leaving
      }
      now.merge(source.partition().topic(), 1, Integer::sum);
      present.add(source.partition());
      String moved = link.movedTopics().get(source.partition().topic());
      if (moved != null) {
        showMoved(source, moved);
        continue;
      }
      String loop = found.loops().get(source.partition().topic());
      PartitionControl partition = partitions.find(source.partition());
      if (partition == null) {
        link.claims()
            .find(source.partition())
            .filter(claim -> known.claims().contains(claim) && !claim.isRevoked())
            .ifPresent(claim -> join(claim, source, loop, start(source.partition(), found, known)));
      } else if (known.has(partition)) {
        compare(partition, source, loop);
      }
    }
    counts = now;
    known.claims().forEach(Claim::discovered);
    registerRecreated();
    if (isBySelection) {
      handleMissing(
          partitions.all().stream()
              .filter(one -> !present.contains(one.partition()) && known.has(one))
              .toList());
      notes.publish(found.notes(), now.keySet());
    }
  }

  private static Set<String> topics(Collection<SourcePartition> partitions) {
    Set<String> topics = new HashSet<>();
    partitions.forEach(each -> topics.add(each.partition().topic()));
    return topics;
  }

  /**
   * Follows recreated topics, if the link is to do so by itself: only while the source is still the
   * cluster that it was, since the topics of another one would look recreated as well.
   */
  void followRecreated() {
    long now = link.time().nanoTime();
    boolean follows =
        link.settings().get(LinkOptions.TOPIC_SYNC).onRecreate() == RecreatedTopic.FOLLOW;
    if (!follows || followAsked || now < followAt) {
      return;
    }
    List<PartitionControl> stopped =
        partitions.all().stream().filter(Discovery::isStoppedAsRecreated).toList();
    if (stopped.isEmpty()) {
      return;
    }
    followAsked = true;
    calls.call(
        () -> link.settings().sourceAbilities().clusterId().equals(sourceId),
        same -> {
          followAsked = false;
          if (same) {
            stopped.stream()
                .filter(Discovery::isStoppedAsRecreated)
                .forEach(one -> partitions.apply(one, new LossAccepted()));
          } else {
            followAt = link.time().nanoTime() + interval().toNanos();
          }
        },
        cause -> {
          followAsked = false;
          failure.error(cause);
        });
  }

  private static boolean isStoppedAsRecreated(PartitionControl partition) {
    return partition.life() instanceof Stopped stopped
        && GapException.isRecreation(stopped.cause())
        && partition.position().successor().isPresent();
  }

  /** Registers a source cluster with recreated topics, so that the next start also accepts it. */
  void registerRecreated() {
    List<PartitionControl> recreated =
        partitions.all().stream().filter(one -> one.position().registrationDue()).toList();
    if (recreated.isEmpty()) {
      return;
    }
    calls.call(
        this::register,
        id -> recreated.forEach(partition -> partition.position(partition.position().registered())),
        failure::error); // the next discovery retries
  }

  /** Registers the source cluster again if it is another one. Calls. */
  private Optional<String> register() {
    Optional<String> now = link.settings().sourceAbilities().clusterId();
    if (!now.equals(sourceId)) {
      connection.registerAgain();
      sourceId = now;
    }
    return now;
  }

  /** Stops missing partitions, and removes those that are still missing one interval later. */
  private void handleMissing(List<PartitionControl> missing) {
    long now = link.time().nanoTime();
    List<PartitionControl> leaving = new ArrayList<>();
    for (PartitionControl partition : missing) {
      if (!partition.life().isGone()) {
        partitions.apply(partition, new Missing(new SourceGoneException(partition.partition())));
      } else if (partition.life() instanceof Gone gone
          && now - gone.sinceNanos()
              >= link.settings().get(LinkOptions.DISCOVERY_INTERVAL).toNanos()) {
        leaving.add(partition);
      }
    }
    if (!leaving.isEmpty()) {
      // if the address leads to another cluster for a while, no topic was deleted
      calls.call(
          () -> link.settings().sourceAbilities().clusterId().equals(sourceId),
          same -> leaving.stream().filter(one -> same && isStillGone(one)).forEach(this::leave),
          failure::error);
    }
  }

  private boolean isStillGone(PartitionControl partition) {
    return partition.life() instanceof Gone && partitions.find(partition.partition()) == partition;
  }

  private void leave(PartitionControl partition) {
    Progress progress = partition.progress();
    if (progress != null) {
      partition.claim().keep(progress);
    }
    partitions.remove(
        partition,
        "its topic was deleted at the source, or this client may no longer describe it; its progress is kept");
  }

  /** Its topic is not copied any more; a discovery may have been asked for before it was moved. */
  private void showMoved(SourcePartition source, String reason) {
    TopicPartition partition = source.partition();
    if (partitions.find(partition) == null && !link.allFigures().containsKey(partition)) {
      link.claims().find(partition).ifPresent(claim -> partitions.showMoved(claim, source, reason));
    }
  }

  private void join(
      Claim claim, SourcePartition source, @Nullable String loop, StartPosition start) {
    TopicPartition partition = source.partition();
    Optional<Progress> earlier = claim.former(partition);
    PartitionControl joined = partitions.add(claim, source, start);
    if (loop != null) {
      partitions.apply(joined, new TopicRefused(new RefusedTopicException(partition, loop)));
    } else if (joined.progress() == null && earlier.isPresent()) {
      joined.position(joined.position().at(earlier.get()));
      partitions.foundRecreated(joined, source);
    }
  }

  /**
   * Resolves the end offsets of partitions with which a link begins that starts at the end. If they
   * were resolved when a partition is opened, records that arrive until its target topic exists
   * would not be copied. Calls.
   */
  private Map<TopicPartition, Long> starts(List<SourcePartition> found, Collection<Claim> fresh) {
    StartPosition configured = link.settings().get(LinkOptions.START_FROM);
    if (fresh.isEmpty() || !endsNow(configured)) {
      return Map.of();
    }
    Map<TopicPartition, StartPosition> asked = new HashMap<>();
    for (SourcePartition source : found) {
      if (isIn(fresh, source.partition())) {
        asked.put(source.partition(), configured);
      }
    }
    return asked.isEmpty() ? Map.of() : link.settings().source().resolve(asked);
  }

  private static boolean isIn(Collection<Claim> claims, TopicPartition partition) {
    return claims.stream().anyMatch(claim -> claim.covers(partition));
  }

  private StartPosition start(TopicPartition partition, Findings found, Known known) {
    StartPosition configured = link.settings().get(LinkOptions.START_FROM);
    Long resolved = found.starts().get(partition);
    if (resolved != null) {
      return StartPosition.offset(resolved);
    }
    boolean late = !isIn(known.fresh(), partition);
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
    CopyPosition position = known.position();
    boolean recreated =
        !position.source().equals(now) && !position.successor().equals(Optional.of(now));
    if (loop != null && !SourceEvent.awaitsLoopCheck(known.life())) {
      partitions.apply(known, new Found());
      partitions.apply(known, new TopicRefused(new RefusedTopicException(known.partition(), loop)));
    } else if (recreated) {
      partitions.foundRecreated(known, now);
    } else {
      partitions.apply(known, new Found());
    }
  }
}
