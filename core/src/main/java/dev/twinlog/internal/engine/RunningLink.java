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
 * What a connected link does all the time: discovers, opens, looks, saves, repairs, answers those
 * who wait to be caught up. Confined to the control thread; may block.
 */
final class RunningLink {
  private static final long TICK = Duration.ofMillis(500).toNanos();
  private static final long SAVE = Duration.ofSeconds(1).toNanos();
  private static final long PROVE = Duration.ofSeconds(5).toNanos();

  /**
   * The parts of a link that were there before it was connected.
   *
   * @param control brings work onto the control thread
   */
  record Parts(
      Link link,
      LinkConnector connection,
      TopicAdmission admission,
      Stages stages,
      List<Lane> lanes,
      LaneFactory laneParts,
      Partitions partitions,
      CaughtUp caughtUp,
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

  /** Every topic that was there since the link was connected. */
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

  /** Whether the source did not answer when it was asked last for the ends that nobody hears. */
  private boolean endsUnanswered;

  /** Begins, with what a former owner has saved, by discovering what there is to copy. */
  RunningLink(Parts parts, Map<SourcePartition, Progress> loaded) {
    this.parts = parts;
    this.link = parts.link();
    this.partitions = parts.partitions();
    this.failure = parts.failure();
    this.keeper =
        new ProgressKeeper(
            parts.connection().store(),
            parts.control(),
            this::unsaved,
            this::proof,
            link.maps()::takeChanged);
    this.opener =
        new Opener(link, parts.admission(), parts.stages(), keeper, parts.control(), partitions);
    this.storeAbilities = parts.connection().storeAbilities();
    this.heldBack = new OpenTransactionWatch(link);
    this.discovery = new Discovery(link, parts.connection(), partitions, loaded);
    link.unsaved().saved(); // what was loaded is what is saved
    long now = link.time().nanoTime();
    this.tickAt = now + TICK;
    this.saveAt = now + SAVE;
    this.proveAt = now + PROVE;
    discover();
  }

  /** To be run when a save that begins now has succeeded. */
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
   * Does what is due; whether anything was. A cluster that doesn't answer takes seconds for each
   * question, so that only one is asked before the ownership, which is a matter of seconds too, is
   * looked at again.
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

  // What lanes tell.

  void sessionEnded(
      CopySession session, Progress last, @Nullable ReplicationException cause, boolean closing) {
    if (cause instanceof GapException && !closing) {
      failure.attempt(discovery::source); // a topic that was created again explains any gap
    }
    if (partitions.sessionEnded(session, last, cause)) {
      keeper.put(List.of(last));
    }
  }

  void progressed(List<Progress> changed) {
    keeper.put(changed);
    keeper.flush();
  }

  void sourceHeardOrNot(CopySession session) {
    partitions.sourceHeardOrNot(session);
    if (session.figures().sourceTrouble() == null) {
      askEndsAtOnce(); // a broker that is heard again tells what it did not when somebody waited
    }
  }

  void suspectSource() {
    sourceSuspicious = true;
  }

  /** Someone has begun to wait to be caught up. */
  void askEndsAtOnce() {
    caughtUpEndsAt = link.time().nanoTime();
  }

  // The regular work.

  private void tick(long now) {
    if (endsUnanswered) {
      discovery.unreadEndsAreUnknown(); // also of what has only just been paused
    }
    partitions.tick();
    link.unsaved().tick();
    parts.laneParts().repair(now);
    if (sourceSuspicious) {
      sourceSuspicious = false;
      failure.attempt(discovery::source);
    } else if (now >= waitingEndsAt) {
      askUnheardEnds();
    } else if (partitions.takeSuspicion() && now >= suspectAt) {
      suspectAt = now + PROVE;
      discover();
    }
  }

  /**
   * An end that the source does not tell takes seconds to ask for, and so is asked less often: the
   * longer it took, the later.
   */
  private void askUnheardEnds() {
    long begun = link.time().nanoTime();
    AtomicBoolean all = new AtomicBoolean();
    endsUnanswered = !failure.attempt(() -> all.set(discovery.ends()));
    long now = link.time().nanoTime();
    waitingEndsAt = now + (all.get() ? PROVE : Math.max(2 * PROVE, 2 * (now - begun)));
  }

  /** Asks for the progress of all lanes, which is saved when it comes; tells the lag. */
  private void save(long now) {
    reportIfDue(now);
    long wall = link.time().clock().millis();
    for (PartitionFigures figures : link.allFigures().values()) {
      figures.tellLag(link.metrics(), wall);
    }
    heldBack.look();
  }

  /** Asks for the progress of all lanes, about once a second; proves the ownership now and then. */
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
        failure.attempt(discovery::source)
            && failure.attempt(discovery::target)
            && failure.attempt(discovery::targetStarts);
    discoveryFailures = asked ? 0 : discoveryFailures + 1;
    showWhetherReachable(asked);
    publishNotes();
    Duration interval = link.settings().discoveryInterval();
    Duration retry = parts.backoff().after(Math.max(1, discoveryFailures));
    Duration next = asked || interval.compareTo(retry) < 0 ? interval : retry;
    discoverAt = link.time().nanoTime() + next.toNanos();
  }

  /** A cluster that can't be asked is a state of the link, whatever its partitions still show. */
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
    // what was deleted since has its own event, and what there was of it is copied
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
    if (due.stream().anyMatch(partition -> partition.mayLoop)) {
      if (!failure.attempt(this::checkLoopsAgain)) {
        partitions.retryLoopsLater(link.lastError().orElseThrow());
      }
      return true; // the next step opens what may be opened
    }
    if (due.stream().anyMatch(partition -> partition.followed)) {
      failure.attempt(discovery::writeDownFollowed); // else the next discovery does
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

  /** Whoever resumes what stopped for a loop may have broken the loop before, or not. */
  private void checkLoopsAgain() {
    Map<String, String> loops = parts.connection().checkAgain();
    for (PartitionControl partition : partitions.all()) {
      String loop = partition.mayLoop ? loops.get(partition.topic()) : null;
      partition.mayLoop = false;
      if (loop != null) {
        partitions.stopAfterDrain(
            partition, new RefusedTopicException(partition.partition(), loop));
      }
    }
  }

  private void checkCaughtUp(long now) {
    CaughtUp caughtUp = parts.caughtUp();
    if (!caughtUp.isAwaited() || (caughtUp.needsEnds() && now < caughtUpEndsAt)) {
      return;
    }
    failure.attempt(() -> caughtUp.check(partitions, partitions.firstStopped(), this::endsOfNow));
    long after = link.time().nanoTime();
    caughtUpEndsAt = after + Math.max(TICK, after - now);
  }

  /** The source's ends, new topics included. */
  private CaughtUp.Ends endsOfNow() {
    Map<TopicPartition, Long> ends = discovery.endsOfAll();
    publishNotes();
    return new CaughtUp.Ends(ends, link.missingTopics().isEmpty());
  }
}
