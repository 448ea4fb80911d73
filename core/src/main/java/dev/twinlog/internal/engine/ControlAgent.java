package dev.twinlog.internal.engine;

import dev.twinlog.LinkState;
import dev.twinlog.internal.abilities.StoreAbilities;
import dev.twinlog.internal.control.DeadLetterTopicException;
import dev.twinlog.internal.control.TopicAdmission;
import dev.twinlog.internal.engine.agent.Agent;
import dev.twinlog.internal.engine.agent.Backoff;
import dev.twinlog.internal.engine.agent.Mailbox;
import dev.twinlog.internal.engine.duty.ClusterCalls;
import dev.twinlog.internal.engine.duty.PlannedChanges;
import dev.twinlog.internal.engine.lane.Lane;
import dev.twinlog.internal.engine.lane.LaneFactory;
import dev.twinlog.internal.engine.lane.LaneSet;
import dev.twinlog.internal.engine.lane.Stages;
import dev.twinlog.internal.engine.ownership.Ownership;
import dev.twinlog.internal.engine.partition.Partitions;
import dev.twinlog.internal.engine.partition.UserEvent.LinkResumed;
import dev.twinlog.internal.engine.partition.UserEvent.LossAccepted;
import dev.twinlog.internal.engine.partition.UserEvent.PauseRequested;
import dev.twinlog.internal.engine.partition.UserEvent.ResumeRequested;
import dev.twinlog.internal.engine.shared.Link;
import dev.twinlog.internal.engine.shared.LinkEvent;
import dev.twinlog.internal.engine.shared.LinkFailure;
import dev.twinlog.internal.engine.shared.LinkLife;
import dev.twinlog.internal.engine.shared.LinkLife.Connecting;
import dev.twinlog.internal.engine.shared.LinkLife.Draining;
import dev.twinlog.internal.engine.shared.LinkLife.Running;
import dev.twinlog.internal.engine.shared.LinkLife.Saving;
import dev.twinlog.internal.engine.threads.LaneRunner;
import dev.twinlog.internal.options.LinkOptions;
import dev.twinlog.internal.options.LinkSettings;
import dev.twinlog.internal.status.DutySnapshot;
import dev.twinlog.spi.FencedException;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.ReplicationException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Runs a link from its start to its end: connects, opens partitions, saves progress, retries and
 * closes. While it is connected it never waits for a cluster, which could cost the lease: {@link
 * ClusterCalls} does. Confined to the control thread, except where a method says otherwise.
 */
final class ControlAgent implements Agent, LaneEvents.Handler {
  private static final long LAST_SAVE = Duration.ofSeconds(5).toNanos();

  /** How long the last save may take after the close timeout. */
  private static final long LATE_SAVE = Duration.ofSeconds(1).toNanos();

  /** How long after the close timeout everything must be released. */
  private static final long RELEASE = Duration.ofMillis(1_300).toNanos();

  private static final Duration MAX_RELEASE_WAIT = Duration.ofSeconds(5);
  private static final Duration MIN_RELEASE_WAIT = Duration.ofMillis(200);
  private static final long NEVER = Long.MAX_VALUE;
  private static final String PAUSED = "paused by the user";
  private static final String SAVING = "saving the last progress";

  private final Link link;
  private final LaneRunner runner;
  private final Mailbox mailbox = new Mailbox();
  private final CompletableFuture<Void> firstAttempt = new CompletableFuture<>();
  private final CompletableFuture<Void> firstDiscovery = new CompletableFuture<>();
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private final CaughtUpWaiters caughtUp = new CaughtUpWaiters();
  private final LaneSet lanes;
  private final Partitions partitions;
  private final LinkConnector connection;
  private final LaneFactory laneParts;
  private final ClusterCalls calls;
  private final ClusterCalls syncCalls;
  private final Backoff backoff;
  private final LinkFailure failure;
  private final RunningLink.Parts parts;
  private volatile @Nullable RunningLink running; // control
  private volatile long closeBy = NEVER;

  ControlAgent(Link link, Ownership ownership, LaneRunner runner, long seed) {
    this.link = link;
    this.runner = runner;
    this.failure = new LinkFailure(link);
    this.backoff = new Backoff(new SplittableRandom(seed));
    LinkSettings settings = link.settings();
    Stages stages =
        new Stages(
            settings.find(LinkOptions.TRANSFORM), settings.get(LinkOptions.PARTITION_MAPPER));
    LaneEvents events = new LaneEvents(link, mailbox, caughtUp, this);
    this.lanes =
        new LaneSet(
            events,
            stages,
            settings.get(LinkOptions.LANES),
            settings.get(LinkOptions.MAX_IN_FLIGHT_BYTES));
    this.calls = new ClusterCalls("duties", mailbox::add);
    this.syncCalls = new ClusterCalls("syncs", mailbox::add);
    this.laneParts = new LaneFactory(link, failure, backoff, calls);
    this.partitions = new Partitions(link, lanes, backoff, failure::fail);
    TopicAdmission admission =
        new TopicAdmission(
            settings.sourceAbilities().topics(),
            settings.sinkAbilities().topics(),
            DeadLetterTopicException.guard(
                settings.get(LinkOptions.TOPIC_MAPPER),
                settings.get(LinkOptions.DEAD_LETTERS).topic()),
            settings.get(LinkOptions.PARTITION_MAPPER),
            settings.get(LinkOptions.TOPIC_SYNC));
    this.connection = new LinkConnector(link, admission, ownership);
    this.parts =
        new RunningLink.Parts(
            link,
            ownership,
            connection,
            admission,
            stages,
            lanes,
            laneParts,
            runner,
            partitions,
            caughtUp,
            failure,
            backoff,
            calls,
            syncCalls,
            mailbox::add);
  }

  /** Prepares the target topics. */
  TopicAdmission admission() {
    return parts.admission();
  }

  private LinkLife life() {
    return link.state().get();
  }

  /** Makes the calls that copying depends on and that may block. */
  ClusterCalls calls() {
    return calls;
  }

  /** Makes the calls of what keeps the target's topics and groups in step. */
  ClusterCalls syncCalls() {
    return syncCalls;
  }

  /** How the link's duties are doing; empty before it is connected. Any thread. */
  List<DutySnapshot> duties() {
    RunningLink current = running;
    return current == null ? List.of() : current.duties();
  }

  /** All lanes, also those that are about to begin, or to end. Any thread. */
  List<Lane> lanes() {
    return lanes.all();
  }

  /** Changes the number of lanes. Any thread. */
  void lanes(int count) {
    lanes.want(count);
    mailbox.wakeup();
  }

  // Requests, from any thread.

  /** Completes when the first attempt to connect has succeeded or failed. */
  CompletableFuture<Void> firstAttempt() {
    return firstAttempt;
  }

  /** Completes when the link has ended and all its resources are released. */
  CompletableFuture<Void> ended() {
    return ended;
  }

  /** The link was closed before it was started: this agent is never stepped. */
  void closedBeforeStart() {
    ended.complete(null);
  }

  /**
   * Drains and ends the link, within its close timeout from now on.
   *
   * @return completes when the control thread has begun to drain, unless the link has ended before
   */
  CompletableFuture<Void> finish(String reason) {
    if (closeBy == NEVER) {
      closeBy = link.time().nanoTime() + link.settings().get(LinkOptions.CLOSE_TIMEOUT).toNanos();
    }
    failure.closing();
    CompletableFuture<Void> begun = new CompletableFuture<>();
    mailbox.add(
        () -> {
          begun.complete(null);
          drain(reason);
        });
    return begun;
  }

  /** Describes the request that the attempt to connect waits for. Any thread. */
  String currentRequest() {
    return connection.currentRequest();
  }

  /** An agent's thread has ended with an unexpected exception. */
  void crashed(String role, Throwable cause) {
    mailbox.add(
        () ->
            failure.fail(
                new LinkFailedException("the " + role + " agent failed: " + cause, cause)));
  }

  void whenCaughtUp(CompletableFuture<Void> done) {
    mailbox.add(
        () -> {
          caughtUp.add(done);
          if (running != null) {
            running.requestEndsNow(); // only retries after a failure are delayed
          }
          if (life().isOver()) {
            caughtUp.failAll(endedCause());
          }
        });
    if (ended.isDone()) {
      done.completeExceptionally(endedCause());
    }
  }

  /** Asks what the syncs would change; fails if the link isn't connected, or ends. */
  void plan(CompletableFuture<PlannedChanges> done) {
    whileRunning(done, link -> link.plan(done));
  }

  /** Runs all syncs; fails if the link isn't connected, or ends. */
  void syncNow(CompletableFuture<Void> done) {
    whileRunning(done, link -> link.syncNow(done));
  }

  /** Completes when the link is connected, and has found its partitions; fails if it ends. */
  void whenRunning(CompletableFuture<Void> done) {
    var unusedEnd = ended.whenComplete((result, error) -> done.completeExceptionally(endedCause()));
    var unusedBegun =
        firstDiscovery.whenComplete(
            (result, error) -> {
              if (error == null) {
                done.complete(null);
              }
            });
  }

  /** What the store of the link can do; only of a link that was connected. Any thread. */
  StoreAbilities store() {
    return connection.storeAbilities();
  }

  /** Marks the link's description as that of a moved link. Calls. */
  void markMoved(UUID move) {
    connection.markMoved(move);
  }

  /** Runs a task on the control thread; fails if the link isn't connected, or ends. */
  void whileRunning(CompletableFuture<?> done, Consumer<RunningLink> task) {
    var unused = ended.whenComplete((result, error) -> done.completeExceptionally(endedCause()));
    mailbox.add(
        () -> {
          RunningLink current = running;
          if (current != null && life() instanceof Running) {
            task.accept(current);
          } else {
            done.completeExceptionally(
                new IllegalStateException(
                    "link %s is %s (%s): this needs a link that is connected to both clusters"
                        .formatted(link.name(), link.state().shown(), link.state().reason())));
          }
        });
  }

  private RuntimeException endedCause() {
    return link.lastError()
        .filter(error -> error instanceof LinkFailedException)
        .map(RuntimeException.class::cast)
        .orElseGet(
            () ->
                new IllegalStateException(
                    link.state().shown() == LinkState.MOVED
                        ? link.state().reason()
                        : "link " + link.name() + " was closed meanwhile"));
  }

  void pauseAll() {
    mailbox.add(
        () -> {
          partitions.applyToAll(new PauseRequested("paused"));
          link.state().apply(new LinkEvent.Paused(), PAUSED);
        });
  }

  void resumeAll() {
    mailbox.add(
        () -> {
          partitions.applyTo(this::isNotPausedByName, new LinkResumed());
          link.state().apply(new LinkEvent.Resumed(link.time().nanoTime()), "resumed by the user");
        });
  }

  /** Lets the partitions of some topics copy again. */
  void resume(Predicate<String> topics) {
    mailbox.add(() -> partitions.applyTo(topics.and(this::isNotPausedByName), new LinkResumed()));
  }

  private boolean isNotPausedByName(String topic) {
    return !link.pausedTopics().contains(topic);
  }

  /** The selection of topics was replaced. */
  void selectionChanged() {
    ifRunning(RunningLink::selectionChanged);
  }

  /** Groups are kept in step in another way. */
  void groupSyncChanged() {
    ifRunning(RunningLink::groupSyncChanged);
  }

  /** Does nothing before the link is connected: it begins with what holds then. */
  private void ifRunning(Consumer<RunningLink> task) {
    mailbox.add(
        () -> {
          RunningLink current = running;
          if (current != null && life() instanceof Running) {
            task.accept(current);
          }
        });
  }

  /** Pauses the partitions that these topics have now. */
  void pauseTopics(Set<String> topics) {
    mailbox.add(
        () -> partitions.applyTo(topics::contains, new PauseRequested("its topic is paused")));
  }

  /** Resumes the partitions that these topics have now. */
  void resumeTopics(Set<String> topics) {
    mailbox.add(() -> partitions.applyTo(topics::contains, new ResumeRequested()));
  }

  void pause(TopicPartition source) {
    mailbox.add(() -> partitions.apply(source, new PauseRequested("paused")));
  }

  void resume(TopicPartition source) {
    mailbox.add(() -> partitions.apply(source, new ResumeRequested()));
  }

  void acceptLoss(TopicPartition source) {
    mailbox.add(() -> partitions.apply(source, new LossAccepted()));
  }

  /** Leaves out a record of a partition that does not copy now. */
  void skip(TopicPartition source, long offset) {
    mailbox.add(
        () -> {
          if (running != null) {
            running.skip(source, offset);
          }
        });
  }

  // Events of lanes, on the control thread.

  @Override
  public @Nullable RunningLink running() {
    return running;
  }

  @Override
  public void readerLost(Lane lane, RuntimeException cause) {
    if (lanes.all().contains(lane)) {
      partitions.laneLost(lane, laneParts.readerLost(lane, cause));
    }
  }

  @Override
  public void writerLost(Lane lane, RuntimeException cause) {
    if (lanes.all().contains(lane)) {
      laneParts.writerLost(lane, cause);
    }
  }

  // The agent.

  @Override
  public String role() {
    return "control";
  }

  @Override
  public boolean step(Duration maxWait) {
    boolean worked = mailbox.run(maxWait.toNanos()) > 0;
    long now = link.time().nanoTime();
    LinkLife life = life();
    if (life instanceof Connecting connecting) {
      worked |= connectIfDue(connecting, now);
    } else if (life instanceof Running) {
      worked |= run(now);
    } else if (life instanceof Draining draining) {
      worked |= drained(draining, now);
    } else if (life instanceof Saving saving) {
      worked |= saved(saving, now);
    }
    return worked;
  }

  @Override
  public long nextDeadlineNanos() {
    LinkLife life = life();
    if (life instanceof Connecting connecting) {
      return connecting.dueNanos();
    }
    if (life instanceof Running) {
      return running == null ? NEVER : running.nextDeadlineNanos();
    }
    if (life instanceof Draining draining) {
      return running == null
          ? NEVER
          : Math.min(draining.deadlineNanos(), running.nextReportNanos());
    }
    return life instanceof Saving saving ? saving.deadlineNanos() : NEVER;
  }

  @Override
  public void wakeup() {
    mailbox.wakeup();
  }

  @Override
  public boolean finished() {
    return life().isOver();
  }

  @Override
  public void close() {
    if (!life().isOver()) {
      failure.fail(new LinkFailedException("the control agent failed; this is a bug, see the log"));
      endIfFailed();
    }
    mailbox.run(0); // completes late requests
  }

  // Connecting.

  private boolean connectIfDue(Connecting connecting, long now) {
    if (now < connecting.dueNanos()) {
      return false;
    }
    try {
      connection.connect();
      openLanes();
      connected();
    } catch (LinkMovedException e) {
      end(LinkState.MOVED, String.valueOf(e.getMessage()));
    } catch (LinkFailedException e) {
      failure.fail(e);
    } catch (RuntimeException e) {
      ReplicationException cause = LinkFailure.asReplicationException(e);
      Duration delay = backoff.after(connecting.failures() + 1);
      boolean byClosing = failure.isByClosing(cause);
      if (!byClosing) {
        link.error(cause);
      }
      link.state()
          .apply(
              new LinkEvent.ConnectFailed(link.time().nanoTime() + delay.toNanos()),
              byClosing ? link.state().reason() : String.valueOf(cause.getMessage()));
      firstAttempt.complete(null);
    }
    endIfFailed();
    return true;
  }

  private void openLanes() {
    List<Lane> first = lanes.create();
    try {
      laneParts.open(first);
    } catch (RuntimeException e) {
      first.forEach(lanes::remove);
      throw e;
    }
    runner.start(first);
    lanes.replaceBy(first);
  }

  private void connected() {
    link.state()
        .apply(new LinkEvent.Connected(), life().isPaused() ? PAUSED : "both sides are connected");
    running =
        new RunningLink(
            parts,
            () -> {
              if (failure.failure() == null) { // else the end of the link completes it
                firstAttempt.complete(null);
                firstDiscovery.complete(null);
              }
            });
  }

  private boolean run(long now) {
    boolean worked = running != null && running.run(now);
    endIfFailed();
    return worked;
  }

  // Ending.

  private void endIfFailed() {
    ReplicationException cause = failure.failure();
    if (cause != null && !life().isOver()) {
      link.error(cause);
      end(
          cause instanceof FencedException ? LinkState.FENCED : LinkState.FAILED,
          String.valueOf(cause.getMessage()));
    }
  }

  private void drain(String reason) {
    if (link.state().apply(new LinkEvent.CloseRequested(closeBy), reason)) {
      Objects.requireNonNull(running, "a connected link").drain();
    } else if (life() instanceof Connecting) {
      end(LinkState.STOPPED, reason);
    }
  }

  private boolean drained(Draining draining, long now) {
    endIfFailed();
    if (life().isOver()) {
      return true;
    }
    RunningLink current = Objects.requireNonNull(running, "only a running link drains");
    current.reportIfDue(now);
    boolean drained = partitions.isDrained();
    if (!drained && now < draining.deadlineNanos()) {
      return false;
    }
    if (!drained) {
      link.error(
          new ReplicationException(
              "closing took longer than the close timeout of %s: records that are not acknowledged are"
                      .formatted(link.settings().get(LinkOptions.CLOSE_TIMEOUT))
                  + " copied again at the next start"));
    }
    long saveBy = Math.min(now + LAST_SAVE, Math.max(now, closeBy) + LATE_SAVE);
    link.state().apply(new LinkEvent.Drained(saveBy), SAVING);
    var unused =
        current
            .saveLast()
            .whenComplete((done, error) -> link.state().apply(new LinkEvent.Saved(), SAVING));
    return true;
  }

  private boolean saved(Saving saving, long now) {
    endIfFailed();
    if (life().isOver() || (!saving.isSaved() && now < saving.deadlineNanos())) {
      return false;
    }
    if (!saving.isSaved()) {
      link.error(
          new ReplicationException(
              "the last progress could not be saved in time: at the next start, records that were"
                  + " copied since the previous save are found in the target, or copied again"));
    }
    end(LinkState.STOPPED, "closed");
    return true;
  }

  /** How long releasing a resource may take within the time for closing. */
  private Duration releaseTimeout() {
    long left = closeBy == NEVER ? NEVER : closeBy + RELEASE - link.time().nanoTime();
    long most = Math.min(left, MAX_RELEASE_WAIT.toNanos());
    return Duration.ofNanos(Math.max(MIN_RELEASE_WAIT.toNanos(), most));
  }

  private void end(LinkState last, String reason) {
    LinkEvent begun =
        last == LinkState.STOPPED ? new LinkEvent.Released() : new LinkEvent.HasEnded(last);
    link.state().apply(begun, reason);
    ReplicationException cause = failure.failure();
    if (running != null) {
      running.end();
    }
    partitions.linkEnded(last, reason, cause);
    caughtUp.failAll(cause != null ? cause : endedCause());
    failure.ended();
    syncCalls.stop();
    runner.end(calls, releaseTimeout());
    runner.end(syncCalls, releaseTimeout());
    runner.end(lanes.all(), releaseTimeout());
    runner.release(connection::close, releaseTimeout());
    link.allFigures().keySet().forEach(link.metrics()::partitionRemoved);
    link.state().apply(new LinkEvent.HasEnded(last), reason);
    link.metrics().linkClosed(link.name());
    link.events().stop();
    ended.complete(null);
    if (cause == null) {
      firstAttempt.complete(null);
    } else {
      firstAttempt.completeExceptionally(cause);
    }
  }
}
