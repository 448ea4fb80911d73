package dev.twinlog.internal.engine;

import dev.twinlog.LinkState;
import dev.twinlog.internal.control.TopicAdmission;
import dev.twinlog.internal.progress.ProgressKeeper;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RestorableMapStore;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.TopicSelection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Does the periodic work of a connected link: discovers and opens partitions, updates their states,
 * saves progress, replaces failed readers and writers, and completes callers that wait to be caught
 * up. Confined to the control thread; may block.
 */
final class RunningLink {
  private static final long TICK = Duration.ofMillis(500).toNanos();
  private static final long SAVE = Duration.ofSeconds(1).toNanos();
  private static final long PROVE = Duration.ofSeconds(5).toNanos();

  /**
   * The components of a link that exist before it is connected.
   *
   * @param control runs tasks on the control thread
   */
  record Parts(
      Link link,
      LinkConnector connection,
      TopicAdmission admission,
      Stages stages,
      List<Lane> lanes,
      LaneFactory laneParts,
      Partitions partitions,
      CaughtUpWaiters caughtUp,
      LinkFailure failure,
      Backoff backoff,
      Executor control) {}

  private final Link link;
  private final Parts parts;
  private final Partitions partitions;
  private final LinkFailure failure;
  private final ProgressKeeper keeper;
  private final StoreAbilities storeAbilities;
  private final Opener opener;
  private final Discovery discovery;
  private final OpenTransactionWatch heldBack;

  /** Every topic that existed at some time since the link was connected. */
  private final Set<String> seen = new HashSet<>();

  private int discoveryFailures;
  private long discoverAt;
  private long tickAt;
  private long saveAt;
  private long proveAt;
  private long suspectAt;
  private long waitingEndsAt;
  private long caughtUpEndsAt;
  private boolean sourceSuspicious;

  /** Whether the last request for the ends that no reader reports had no answer. */
  private boolean endsUnanswered;

  /** Begins with the saved progress of the former owner, and discovers partitions. */
  RunningLink(Parts parts, Map<SourcePartition, Progress> loaded) {
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
            link.maps()::takeChanged);
    this.opener =
        new Opener(link, parts.admission(), parts.stages(), keeper, parts.control(), partitions);
    this.heldBack = new OpenTransactionWatch(link);
    this.discovery = new Discovery(link, parts.connection(), partitions, loaded);
    link.unsaved().saved(); // the loaded progress is the saved one
    long now = link.time().nanoTime();
    this.tickAt = now + TICK;
    this.saveAt = now + SAVE;
    this.proveAt = now + PROVE;
    discover();
  }

  /** Returns what to run when a save that begins now has succeeded. */
  private Runnable proof() {
    OwnerLease.Moment asked = link.lease().now();
    return () -> {
      link.lease().proved(asked);
      link.unsaved().saved();
    };
  }

  private void unsaved(ReplicationException cause) {
    link.unsaved().failed(cause);
    failure.error(cause);
  }

  /**
   * Does the work that is due, and returns whether any was. Each request to an unavailable cluster
   * takes seconds, so only one is made before the lease, which also lasts only seconds, is checked
   * again.
   */
  boolean run(long now) {
    boolean worked = false;
    if (now >= saveAt) {
      save(now);
      worked = true;
    }
    if (partitions.takeFenced()) {
      keeper.prove();
    }
    if (now >= discoverAt) {
      discover();
      return true;
    }
    if (now >= tickAt) {
      tickAt = now + TICK;
      tick(now);
      return true;
    }
    worked |= openDue(now);
    checkCaughtUp(now);
    return worked;
  }

  long nextDeadlineNanos() {
    return Math.min(Math.min(tickAt, discoverAt), Math.min(partitions.nextDueNanos(), saveAt));
  }

  /** When {@link #reportIfDue} has something to do. */
  long nextReportNanos() {
    return saveAt;
  }

  // Events of lanes.

  void sessionEnded(
      CopySession session, Progress last, @Nullable ReplicationException cause, boolean closing) {
    if (cause instanceof GapException && !closing) {
      failure.attempt(discovery::discover); // the gap may be explained by a recreated topic
    }
    if (partitions.sessionEnded(session, last, cause)) {
      keeper.put(List.of(last));
    }
  }

  void progressed(List<Progress> changed) {
    keeper.put(changed);
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
    caughtUpEndsAt = link.time().nanoTime();
  }

  // Periodic work.

  private void tick(long now) {
    if (endsUnanswered) {
      discovery.markUnreadEndsUnknown(); // including partitions that were paused since
    }
    partitions.tick();
    link.unsaved().tick();
    parts.laneParts().repair(now);
    if (sourceSuspicious) {
      sourceSuspicious = false;
      failure.attempt(discovery::discover);
    } else if (now >= waitingEndsAt) {
      requestUnreportedEnds();
    } else if (partitions.takeSuspicion() && now >= suspectAt) {
      suspectAt = now + PROVE;
      discover();
    }
  }

  /**
   * Requests the ends that no reader reports. A request without an answer takes seconds, so the
   * next one is delayed in proportion to its duration.
   */
  private void requestUnreportedEnds() {
    long begun = link.time().nanoTime();
    AtomicBoolean all = new AtomicBoolean();
    endsUnanswered = !failure.attempt(() -> all.set(discovery.requestUnreportedEnds()));
    long now = link.time().nanoTime();
    waitingEndsAt = now + (all.get() ? PROVE : Math.max(2 * PROVE, 2 * (now - begun)));
  }

  /** Requests the progress of all lanes, to be saved, and reports the lag. */
  private void save(long now) {
    reportIfDue(now);
    long wall = link.time().clock().millis();
    for (PartitionFigures figures : link.allFigures().values()) {
      figures.reportLag(link.metrics(), wall);
    }
    heldBack.check();
  }

  /** Requests the progress of all lanes, about once a second, and renews the proof of ownership. */
  void reportIfDue(long now) {
    if (now >= saveAt) {
      saveAt = now + SAVE;
      parts.lanes().forEach(lane -> lane.writer().report());
    }
    if (storeAbilities.restorableMap().map(RestorableMapStore::takeChunksLost).orElse(false)) {
      link.maps().storedIsLost();
      publishNotes();
      proveAt = now;
    }
    if (now >= proveAt) {
      proveAt = now + PROVE;
      keeper.prove();
    }
  }

  /** The last save; the stage completes on the control thread. */
  CompletionStage<Void> saveLast() {
    return keeper.save(partitions.lastProgress());
  }

  private void discover() {
    boolean asked =
        failure.attempt(discovery::discover)
            && failure.attempt(discovery::checkTargets)
            && failure.attempt(discovery::trimMaps);
    discoveryFailures = asked ? 0 : discoveryFailures + 1;
    showWhetherReachable(asked);
    publishNotes();
    Duration interval = link.settings().discoveryInterval();
    Duration retry = parts.backoff().after(Math.max(1, discoveryFailures));
    Duration next = asked || interval.compareTo(retry) < 0 ? interval : retry;
    discoverAt = link.time().nanoTime() + next.toNanos();
  }

  /**
   * Shows an unavailable cluster in the state of the link, independent of its partitions' states.
   */
  private void showWhetherReachable(boolean asked) {
    if (asked) {
      link.state().transition(LinkState.CONNECTING, LinkState.RUNNING, "both sides answer");
    } else if (failure.failure() == null) {
      String why = link.lastError().map(ReplicationException::getMessage).orElse("no answer");
      link.state().transition(LinkState.RUNNING, LinkState.CONNECTING, String.valueOf(why));
    }
  }

  private void publishNotes() {
    Map<String, List<String>> notes = new HashMap<>();
    link.settings()
        .sinkAbilities()
        .topics()
        .ifPresent(
            sink ->
                sink.notes().forEach((topic, texts) -> notes.put(topic, new ArrayList<>(texts))));
    storeAbilities
        .notes()
        .ifPresent(
            store ->
                store.notes().forEach((topic, texts) -> notes.put(topic, new ArrayList<>(texts))));
    link.settings().sourceAbilities().selection().ifPresent(it -> noteSelection(it, notes));
    link.publishNotes(notes);
  }

  private void noteSelection(TopicSelection selection, Map<String, List<String>> notes) {
    Set<String> missing = new TreeSet<>(selection.missingTopics());
    for (String topic : missing) {
      notes
          .computeIfAbsent(
              link.settings().topicMapper().targetTopic(topic), any -> new ArrayList<>())
          .add("topic %s was selected by name and does not exist at the source".formatted(topic));
    }
    // a topic that was deleted since is reported by another event
    seen.addAll(discovery.counts().keySet());
    missing.removeAll(seen);
    link.missingTopics(missing);
    selection
        .unmatched()
        .ifPresent(what -> notes.put(what, List.of("no topic of the source is selected by it")));
  }

  private boolean openDue(long now) {
    List<PartitionControl> due = partitions.due(now);
    if (due.isEmpty()) {
      return false;
    }
    if (due.stream().anyMatch(partition -> partition.loopSuspected)) {
      if (!failure.attempt(this::checkLoopsAgain)) {
        partitions.retryLoopsLater(link.lastError().orElseThrow());
      }
      return true; // the next step opens those without a loop
    }
    if (due.stream().anyMatch(partition -> partition.registrationDue)) {
      failure.attempt(discovery::registerRecreated); // if it fails, the next discovery retries
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
    Map<String, String> loops = parts.connection().checkAgain();
    for (PartitionControl partition : partitions.all()) {
      String loop = partition.loopSuspected ? loops.get(partition.topic()) : null;
      partition.loopSuspected = false;
      if (loop != null) {
        partitions.stopAfterDrain(
            partition, new RefusedTopicException(partition.partition(), loop));
      }
    }
  }

  private void checkCaughtUp(long now) {
    CaughtUpWaiters caughtUp = parts.caughtUp();
    if (!caughtUp.isAwaited() || (caughtUp.needsEnds() && now < caughtUpEndsAt)) {
      return;
    }
    failure.attempt(() -> caughtUp.check(partitions, partitions.firstStopped(), this::currentEnds));
    long after = link.time().nanoTime();
    caughtUpEndsAt = after + Math.max(TICK, after - now);
  }

  /** The source's current ends, including new topics. */
  private CaughtUpWaiters.Ends currentEnds() {
    Map<TopicPartition, Long> ends = discovery.endsOfAll();
    publishNotes();
    return new CaughtUpWaiters.Ends(ends, link.missingTopics().isEmpty());
  }
}
