package dev.twinlog.internal.engine;

import dev.twinlog.internal.abilities.StoreAbilities;
import dev.twinlog.internal.control.TopicAdmission;
import dev.twinlog.internal.engine.agent.Backoff;
import dev.twinlog.internal.engine.duty.Calls;
import dev.twinlog.internal.engine.duty.Duties;
import dev.twinlog.internal.engine.duty.Duty;
import dev.twinlog.internal.engine.duty.PlannedChanges;
import dev.twinlog.internal.engine.lane.CopySession;
import dev.twinlog.internal.engine.lane.GapException;
import dev.twinlog.internal.engine.lane.LaneFactory;
import dev.twinlog.internal.engine.lane.LaneSet;
import dev.twinlog.internal.engine.lane.Stages;
import dev.twinlog.internal.engine.letters.RefusedRecords;
import dev.twinlog.internal.engine.move.MovableLink;
import dev.twinlog.internal.engine.move.MoveScope;
import dev.twinlog.internal.engine.ownership.Ownership;
import dev.twinlog.internal.engine.partition.Opener;
import dev.twinlog.internal.engine.partition.PartitionControl;
import dev.twinlog.internal.engine.partition.Partitions;
import dev.twinlog.internal.engine.partition.RefusedTopicException;
import dev.twinlog.internal.engine.partition.SourceEvent;
import dev.twinlog.internal.engine.partition.SourceEvent.LoopCheckFailed;
import dev.twinlog.internal.engine.partition.SourceEvent.LoopChecked;
import dev.twinlog.internal.engine.shared.GroupView;
import dev.twinlog.internal.engine.shared.Link;
import dev.twinlog.internal.engine.shared.LinkEvent;
import dev.twinlog.internal.engine.shared.LinkFailure;
import dev.twinlog.internal.engine.shared.LinkLife.Running;
import dev.twinlog.internal.engine.shared.PartitionFigures;
import dev.twinlog.internal.engine.sync.GroupDuty;
import dev.twinlog.internal.engine.threads.LaneRunner;
import dev.twinlog.internal.engine.watch.LastContacts;
import dev.twinlog.internal.engine.watch.MapTrimming;
import dev.twinlog.internal.engine.watch.OpenTransactionWatch;
import dev.twinlog.internal.engine.watch.TargetCheck;
import dev.twinlog.internal.engine.watch.UnreportedEnds;
import dev.twinlog.internal.progress.ProgressKeeper;
import dev.twinlog.internal.status.DutySnapshot;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RestorableMapStore;
import dev.twinlog.spi.RetriableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Does the work of a connected link: opens partitions, updates their states, saves progress, renews
 * the lease, replaces failed readers and writers, and completes callers that wait to be caught up.
 * Confined to the control thread, and never waits for a cluster: what asks one is a {@link Duty},
 * or another call of {@link Calls}.
 */
final class RunningLink {
  private static final long TICK = Duration.ofMillis(500).toNanos();
  private static final long SAVE = Duration.ofSeconds(1).toNanos();
  private static final long PROVE = Duration.ofSeconds(5).toNanos();

  /**
   * The components of a link that exist before it is connected.
   *
   * @param calls makes calls that may block
   * @param syncCalls makes those that copying never waits for, and that may take long
   * @param control runs tasks on the control thread
   */
  record Parts(
      Link link,
      Ownership ownership,
      LinkConnector connection,
      TopicAdmission admission,
      Stages stages,
      LaneSet lanes,
      LaneFactory laneParts,
      LaneRunner runner,
      Partitions partitions,
      CaughtUpWaiters caughtUp,
      LinkFailure failure,
      Backoff backoff,
      Calls calls,
      Calls syncCalls,
      Executor control) {}

  private final Link link;
  private final Parts parts;
  private final Partitions partitions;
  private final LinkFailure failure;
  private final ProgressKeeper keeper;
  private final StoreAbilities storeAbilities;
  private final Opener opener;
  private final RefusedRecords refused;
  private final Handovers handovers;
  private final Deselected deselected;
  private final LinkNotes notes;
  private final Duties duties;
  private final Duties syncs;
  private final Discovery discovery;
  private final TargetCheck targets;
  private final MapTrimming trimming;
  private final UnreportedEnds ends;
  private final CaughtUpEnds caughtUpEnds;
  private final Optional<LastContacts> contacts;
  private final HeldCopy held;
  private final LaneChange laneChange;
  private final SyncDuties syncDuties;

  /** What keeps groups in step, if anything has ever done so. */
  private Optional<Duty> groups;

  private long tickAt;
  private long saveAt;
  private long proveAt;
  private long suspectAt;
  private boolean sourceSuspicious;

  /** Whether the first claims have been told, and the first discovery was requested. */
  private boolean begun;

  /** Whether partitions that stopped for a loop and were resumed are being checked. */
  private boolean loopsAsked;

  /**
   * Begins with what is claimed, and discovers partitions.
   *
   * @param discovered called after the first discovery
   */
  RunningLink(Parts parts, Runnable discovered) {
    this.parts = parts;
    this.link = parts.link();
    this.partitions = parts.partitions();
    this.failure = parts.failure();
    this.storeAbilities = parts.connection().storeAbilities();
    this.keeper =
        new ProgressKeeper(
            parts.connection().store(),
            storeAbilities.offsetMap(),
            parts.control(),
            this::unsaved,
            this::proof,
            link.claims()::takeChanged);
    this.opener =
        new Opener(
            link,
            new Opener.Parts(parts.admission(), parts.stages(), keeper, parts.calls()),
            parts.control(),
            partitions);
    this.refused = new RefusedRecords(link, partitions, keeper, parts.syncCalls());
    this.handovers =
        new Handovers(link, parts.ownership(), partitions, keeper, this::discoverAgain);
    this.deselected = new Deselected(link, partitions, keeper, this::discoverAgain);
    this.notes = new LinkNotes(link, storeAbilities);
    this.discovery = new Discovery(parts, notes);
    this.targets = new TargetCheck(link, partitions);
    this.trimming = new MapTrimming(link);
    this.ends = new UnreportedEnds(link, partitions, parts.calls());
    this.contacts = storeAbilities.entries().map(store -> new LastContacts(link, store));
    this.duties =
        new Duties(link.time(), failure::error, parts.backoff(), parts.calls(), link.metrics());
    this.syncs =
        new Duties(link.time(), failure::error, parts.backoff(), parts.syncCalls(), link.metrics());
    this.caughtUpEnds = new CaughtUpEnds(parts, duties, discovery, ends);
    link.unsaved().saved(); // the loaded progress is the saved one
    long now = link.time().nanoTime();
    this.tickAt = now + TICK;
    this.saveAt = now + SAVE;
    this.proveAt = now + PROVE;
    duties.add(discovery, now);
    duties.add(targets, now);
    duties.add(trimming, now);
    duties.add(ends, now + TICK);
    duties.add(new OpenTransactionWatch(link), now + SAVE);
    this.syncDuties = new SyncDuties(parts, discovery, storeAbilities);
    this.groups = syncDuties.addTo(syncs, now);
    this.laneChange =
        new LaneChange(
            link,
            parts.lanes(),
            parts.laneParts(),
            parts.runner(),
            partitions,
            failure,
            parts.backoff());
    this.held = new HeldCopy(link, partitions, keeper, syncs, () -> groups);
    parts.ownership().begin(handovers, parts.control());
    duties.runNow(
        discovery,
        () -> {
          showWhetherReachable();
          discovered.run();
        });
    begun = true;
  }

  /** Discovers partitions once more: of a claim, or of topics that were not selected before. */
  private void discoverAgain() {
    if (begun) {
      duties.runNow(discovery, () -> {}); // once more if it is running: that was asked for before
    }
  }

  /** Groups are kept in step in another way, or no longer, or from now on. */
  void groupSyncChanged() {
    long now = link.time().nanoTime();
    GroupDuty.showWhetherOn(link);
    if (groups.isEmpty()) {
      groups = syncDuties.addGroupSync(syncs, now);
    }
    groups.ifPresent(duty -> syncs.runNow(duty, () -> {})); // once more if it is running
  }

  /** The selection of topics was replaced. */
  void selectionChanged() {
    deselected.selectionChanged();
    discoverAgain();
  }

  /** Returns what to run when a save that begins now has succeeded. */
  private Runnable proof() {
    Runnable proof = link.claims().proof();
    return () -> {
      proof.run();
      link.unsaved().saved();
    };
  }

  private void unsaved(ReplicationException cause) {
    link.unsaved().failed(cause);
    failure.error(cause);
  }

  /** Does the work that is due, and returns whether any was. */
  boolean run(long now) {
    boolean worked = false;
    if (now >= saveAt) {
      save(now);
      worked = true;
    }
    if (partitions.takeFenced()) {
      keeper.prove();
    }
    worked |= duties.runDue(now);
    worked |= syncs.runDue(now);
    showWhetherReachable();
    if (now >= tickAt) {
      tickAt = now + TICK;
      tick(now);
      worked = true;
    }
    worked |= laneChange.step(now);
    worked |= refused.step();
    worked |= handovers.step(now);
    worked |= deselected.step(now);
    worked |= openDue(now);
    held.step();
    caughtUpEnds.check(now);
    return worked;
  }

  long nextDeadlineNanos() {
    return Math.min(
        Math.min(
            Math.min(tickAt, saveAt),
            Math.min(
                laneChange.nextDueNanos(),
                Math.min(handovers.nextDueNanos(), deselected.nextDueNanos()))),
        Math.min(partitions.nextDueNanos(), Math.min(duties.nextDueNanos(), syncs.nextDueNanos())));
  }

  /** When {@link #reportIfDue} has something to do. */
  long nextReportNanos() {
    return saveAt;
  }

  /** How the duties are doing. Any thread. */
  List<DutySnapshot> duties() {
    List<DutySnapshot> all = new ArrayList<>(duties.status());
    all.addAll(syncs.status());
    return all;
  }

  // Events of lanes.

  void sessionEnded(
      CopySession session, Progress last, @Nullable ReplicationException cause, boolean closing) {
    if (cause instanceof GapException && !closing) {
      // the gap may be explained by a recreated topic
      duties.runNow(discovery, () -> sessionEnded(session, last, cause));
    } else {
      sessionEnded(session, last, cause);
    }
  }

  private void sessionEnded(
      CopySession session, Progress last, @Nullable ReplicationException cause) {
    if (partitions.sessionEnded(session, last, cause)) {
      keeper.put(List.of(last));
    }
  }

  void progressed(Map<CopySession, Progress> changed) {
    // not of sessions that were dropped with their claim
    Map<CopySession, Progress> current = new LinkedHashMap<>(changed);
    current.keySet().removeIf(session -> !partitions.isCurrent(session));
    keeper.put(current.values());
    keeper.flush();
  }

  void sourceAvailabilityChanged(CopySession session) {
    partitions.sourceAvailabilityChanged(session);
    if (session.figures().sourceError() == null) {
      requestEndsNow(); // an end that was unavailable to a waiting caller may be available now
    }
  }

  void suspectSource() {
    sourceSuspicious = true;
  }

  /** Requests the source's ends with the next step. */
  void requestEndsNow() {
    caughtUpEnds.requestNow();
  }

  // Periodic work.

  private void tick(long now) {
    ends.tick();
    partitions.tick();
    discovery.followRecreated();
    link.unsaved().tick();
    parts.laneParts().repair(now);
    if (sourceSuspicious) {
      sourceSuspicious = false;
      duties.runNow(discovery);
    }
    if (partitions.takeSuspicion() && now >= suspectAt) {
      suspectAt = now + PROVE;
      duties.runNow(discovery);
      duties.runNow(targets);
    }
  }

  /** Requests the progress of all lanes, to be saved, and reports the lag. */
  private void save(long now) {
    reportIfDue(now);
    link.reportThrottled();
    link.reportLags();
  }

  /** Requests the progress of all lanes, about once a second, and renews the proof of ownership. */
  void reportIfDue(long now) {
    if (now >= saveAt) {
      saveAt = now + SAVE;
      parts.lanes().all().forEach(lane -> lane.writer().report());
      contacts.ifPresent(it -> it.save(now));
    }
    if (storeAbilities.restorableMap().map(RestorableMapStore::takeChunksLost).orElse(false)) {
      link.claims().storedIsLost();
      publishNotes();
      proveAt = now;
    }
    if (now >= proveAt) {
      proveAt = now + PROVE;
      keeper.prove();
    }
  }

  /** The link is being closed: no duty runs any more. */
  void drain() {
    end();
    partitions.drainAll();
  }

  /** Asks what the syncs would change. */
  void plan(CompletableFuture<PlannedChanges> done) {
    Optional<ReplicationException> away = whyUnreachable();
    if (away.isPresent()) {
      done.completeExceptionally(away.get());
      return;
    }
    List<Plans.Asked> asked = new ArrayList<>();
    duties.planned().forEach(duty -> asked.add(new Plans.Asked(duty, parts.calls())));
    syncs.planned().forEach(duty -> asked.add(new Plans.Asked(duty, parts.syncCalls())));
    Plans.ask(asked, done);
  }

  /** Runs discovery and all syncs. */
  void syncNow(CompletableFuture<Void> done) {
    duties.runNow(
        discovery,
        () -> {
          Optional<ReplicationException> away = whyUnreachable();
          if (away.isPresent()) {
            done.completeExceptionally(away.get());
          } else {
            syncs.runAllNow(() -> synced(done));
          }
        });
  }

  private void synced(CompletableFuture<Void> done) {
    if (!(link.state().get() instanceof Running)) {
      return; // the end of the link completes it
    }
    // a sync that is due while a cluster is away does nothing
    Optional<ReplicationException> failure = whyUnreachable().or(syncs::firstFailure);
    if (failure.isPresent()) {
      done.completeExceptionally(failure.get());
    } else {
      done.complete(null);
    }
  }

  /** Ends copying for a switchover. */
  void hold(MoveScope scope, CompletableFuture<MovableLink.Held> done) {
    held.hold(scope, done);
  }

  /** Some topics are moved; completes when they are not part of the link any more. */
  void moved(MoveScope scope, String reason, CompletableFuture<Void> done) {
    held.moved(scope, reason);
    done.complete(null);
  }

  /** Runs the sync of consumer groups; completes with all of them. */
  void syncGroups(CompletableFuture<Map<String, GroupView>> done) {
    held.syncGroups(done, this::whyUnreachable);
  }

  /** Makes a call, on the thread for it. */
  <T> void ask(Supplier<T> call, boolean ofSyncs, CompletableFuture<T> done) {
    (ofSyncs ? parts.syncCalls() : parts.calls())
        .call(call, done::complete, done::completeExceptionally);
  }

  /** Why one of the clusters can't be asked now. */
  private Optional<ReplicationException> whyUnreachable() {
    showWhetherReachable();
    return link.isReachable()
        ? Optional.empty()
        : duties
            .firstFailure()
            .or(() -> Optional.of(new RetriableException("the link is not connected now")));
  }

  /** The link has ended: answers of calls are ignored. */
  void end() {
    duties.end();
    syncs.end();
  }

  /** Leaves a record of a paused or stopped partition out, and saves that. */
  void skip(TopicPartition source, long offset) {
    partitions
        .skip(source, offset)
        .ifPresentOrElse(
            progress -> keeper.save(List.of(progress)),
            () -> {
              PartitionFigures figures = link.allFigures().get(source);
              if (figures != null && !figures.skipped().contains(offset)) {
                failure.error(
                    new ReplicationException(
                        "offset %d of %s was not skipped, since the partition was resumed or has left the link meanwhile: it is %s at %d"
                            .formatted(offset, source, figures.state(), figures.copiedNext())));
              }
            });
  }

  /** The last save; the stage completes on the control thread. */
  CompletionStage<Void> saveLast() {
    contacts.ifPresent(LastContacts::saveLast);
    return keeper.save(partitions.lastProgress());
  }

  /**
   * Shows an unavailable cluster in the state of the link, independent of its partitions' states.
   */
  private void showWhetherReachable() {
    boolean now =
        duties.succeeded(discovery) && duties.succeeded(targets) && duties.succeeded(trimming);
    if (!(link.state().get() instanceof Running running)
        || running.isReachable() == now
        || failure.failure() != null) {
      return;
    }
    String why =
        now
            ? "both sides answer"
            : link.lastError().map(ReplicationException::getMessage).orElse("no answer");
    link.state().apply(new LinkEvent.Discovered(now), String.valueOf(why));
  }

  private void publishNotes() {
    parts
        .calls()
        .call(
            notes::ask,
            answer -> notes.publish(answer, discovery.counts().keySet()),
            failure::error);
  }

  private boolean openDue(long now) {
    List<PartitionControl> due = new ArrayList<>(partitions.due(now));
    if (due.removeIf(partition -> SourceEvent.awaitsLoopCheck(partition.life()))) {
      checkLoopsAgain();
    }
    if (due.isEmpty()) {
      return false;
    }
    if (due.stream().anyMatch(partition -> partition.position().registrationDue())) {
      discovery.registerRecreated(); // before they are opened
    }
    Map<String, Integer> counts = new HashMap<>();
    for (PartitionControl partition : due) {
      String topic = partition.topic();
      counts.put(topic, discovery.counts().getOrDefault(topic, 1));
    }
    opener.open(due, counts);
    publishNotes();
    return true;
  }

  /** Checks partitions again that stopped for a loop and were resumed. */
  private void checkLoopsAgain() {
    if (loopsAsked) {
      return;
    }
    loopsAsked = true;
    parts
        .calls()
        .call(
            parts.connection()::checkAgain,
            loops -> {
              loopsAsked = false;
              for (PartitionControl partition : partitions.all()) {
                Optional<RefusedTopicException> refused =
                    Optional.ofNullable(loops.get(partition.topic()))
                        .map(loop -> new RefusedTopicException(partition.partition(), loop));
                partitions.apply(partition, new LoopChecked(refused));
              }
            },
            cause -> {
              loopsAsked = false;
              failure.error(cause);
              partitions.applyToAll(new LoopCheckFailed(LinkFailure.asReplicationException(cause)));
            });
  }
}
