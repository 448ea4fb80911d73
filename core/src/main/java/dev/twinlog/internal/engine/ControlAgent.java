package dev.twinlog.internal.engine;

import dev.twinlog.LinkState;
import dev.twinlog.internal.control.TopicAdmission;
import dev.twinlog.spi.FencedException;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.LinkMetrics;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.SourcePartition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Runs a link from its start to its end: connects, discovers partitions, opens them, saves
 * progress, retries and closes. All blocking calls are made here and never on a lane's thread.
 * Confined to the control thread, except where a method says otherwise.
 */
final class ControlAgent implements Agent, LaneContext {
  private static final long LAST_SAVE = Duration.ofSeconds(5).toNanos();

  /** How long the last save may take after the close timeout. */
  private static final long LATE_SAVE = Duration.ofSeconds(1).toNanos();

  /** How long after the close timeout everything must be released. */
  private static final long RELEASE = Duration.ofMillis(1_300).toNanos();

  private static final Duration MAX_RELEASE_WAIT = Duration.ofSeconds(5);
  private static final Duration MIN_RELEASE_WAIT = Duration.ofMillis(200);
  private static final long NEVER = Long.MAX_VALUE;

  private enum Phase {
    IDLE,
    CONNECTING,
    RUNNING,
    DRAINING,
    SAVING,
    ENDED
  }

  /** Runs the agents of lanes: on threads, or stepped by a test. */
  interface LaneRunner {
    void start(List<Lane> lanes);

    /** Stops the lanes' agents and waits for their end, at most {@code timeout}. */
    void end(List<Lane> lanes, Duration timeout);

    /** Runs work that may block forever, and waits for it, at most {@code timeout}. */
    void release(Runnable work, Duration timeout);
  }

  private final Link link;
  private final LaneRunner runner;
  private final Mailbox mailbox = new Mailbox();
  private final CompletableFuture<Void> firstAttempt = new CompletableFuture<>();
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private final CaughtUpWaiters caughtUp = new CaughtUpWaiters();
  private final List<Lane> lanes = new ArrayList<>();
  private final Partitions partitions;
  private final LinkConnector connection;
  private final LaneFactory laneParts;
  private final Backoff backoff;
  private final LinkFailure failure;
  private final RunningLink.Parts parts;
  private @Nullable RunningLink running;
  private Phase phase = Phase.IDLE;
  private int connectFailures;
  private long connectAt;
  private long deadline = NEVER;
  private volatile long closeBy = NEVER;
  private boolean lastSaveDone;

  ControlAgent(Link link, LaneRunner runner, long seed) {
    this.link = link;
    this.runner = runner;
    this.failure = new LinkFailure(link);
    this.backoff = new Backoff(new SplittableRandom(seed));
    LinkSettings settings = link.settings();
    Stages stages = new Stages(settings.transform(), settings.partitionMapper());
    for (int number = 0; number < settings.lanes(); number++) {
      lanes.add(new Lane(number, this, stages, settings.maxInFlightBytes() / settings.lanes()));
    }
    this.laneParts = new LaneFactory(link, lanes, failure, backoff);
    this.partitions = new Partitions(link, lanes, backoff, failure::fail);
    TopicAdmission admission =
        new TopicAdmission(
            settings.sourceAbilities().topics(),
            settings.sinkAbilities().topics(),
            settings.topicMapper(),
            settings.partitionMapper(),
            settings.topicSync());
    this.connection = new LinkConnector(link, admission);
    this.parts =
        new RunningLink.Parts(
            link,
            connection,
            admission,
            stages,
            lanes,
            laneParts,
            partitions,
            caughtUp,
            failure,
            backoff,
            mailbox::add);
  }

  List<Lane> lanes() {
    return lanes;
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

  void begin() {
    mailbox.add(
        () -> {
          if (phase == Phase.IDLE) { // unless it was already closed
            phase = Phase.CONNECTING;
            connectAt = link.time().nanoTime();
          }
        });
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
      closeBy = link.time().nanoTime() + link.settings().closeTimeout().toNanos();
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
          if (phase == Phase.ENDED) {
            caughtUp.failAll(endedCause());
          }
        });
    if (ended.isDone()) {
      done.completeExceptionally(endedCause());
    }
  }

  private RuntimeException endedCause() {
    return link.lastError()
        .filter(error -> error instanceof LinkFailedException)
        .map(RuntimeException.class::cast)
        .orElseGet(
            () -> new IllegalStateException("link " + link.name() + " was closed meanwhile"));
  }

  void pauseAll() {
    mailbox.add(
        () -> {
          partitions.pauseAll();
          link.state().transition(LinkState.RUNNING, LinkState.PAUSED, "paused by the user");
        });
  }

  void resumeAll() {
    mailbox.add(
        () -> {
          partitions.resumeAll();
          connectAt = link.time().nanoTime();
          link.state().transition(LinkState.PAUSED, LinkState.RUNNING, "resumed by the user");
        });
  }

  void pause(TopicPartition source) {
    mailbox.add(
        () -> {
          PartitionControl partition = partitions.find(source);
          if (partition != null) {
            partitions.pause(partition);
          }
        });
  }

  void resume(TopicPartition source) {
    mailbox.add(
        () -> {
          PartitionControl partition = partitions.find(source);
          if (partition != null) {
            partitions.resume(partition);
          }
        });
  }

  void acceptLoss(TopicPartition source) {
    mailbox.add(
        () -> {
          PartitionControl partition = partitions.find(source);
          if (partition != null) {
            partitions.acceptLoss(partition);
          }
        });
  }

  // Events of lanes, from any thread.

  @Override
  public LinkTime time() {
    return link.time();
  }

  @Override
  public LinkMetrics metrics() {
    return link.metrics();
  }

  @Override
  public void sessionEnded(
      CopySession session, Progress last, @Nullable ReplicationException cause) {
    mailbox.add(
        () -> {
          if (running != null) {
            running.sessionEnded(session, last, cause, phase != Phase.RUNNING);
          }
        });
  }

  @Override
  public void progressed(List<Progress> changed) {
    mailbox.add(
        () -> {
          if (running != null && (phase == Phase.RUNNING || phase == Phase.DRAINING)) {
            running.progressed(changed);
          }
        });
  }

  @Override
  public void sourceSuspected() {
    mailbox.add(
        () -> {
          if (running != null) {
            running.suspectSource();
          }
        });
  }

  @Override
  public void sourceAvailabilityChanged(CopySession session) {
    mailbox.add(
        () -> {
          if (running != null && phase == Phase.RUNNING) {
            running.sourceAvailabilityChanged(session);
          }
        });
  }

  @Override
  public long targetEnd(Route route) {
    return link.targetEnd(route);
  }

  @Override
  public void checkpointMoved() {
    if (caughtUp.isAwaited()) {
      mailbox.wakeup();
    }
  }

  @Override
  public void readerLost(Lane lane, RuntimeException cause) {
    mailbox.add(() -> partitions.laneLost(lane, laneParts.readerLost(lane, cause)));
  }

  @Override
  public void writerLost(Lane lane, RuntimeException cause) {
    mailbox.add(() -> laneParts.writerLost(lane, cause));
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
    switch (phase) {
      case CONNECTING -> worked |= connectIfDue(now);
      case RUNNING -> worked |= run(now);
      case DRAINING -> worked |= drained(now);
      case SAVING -> worked |= saved(now);
      default -> {}
    }
    return worked;
  }

  @Override
  public long nextDeadlineNanos() {
    return switch (phase) {
      case CONNECTING -> connectAt;
      case RUNNING -> running == null ? NEVER : running.nextDeadlineNanos();
      case DRAINING -> running == null ? NEVER : Math.min(deadline, running.nextReportNanos());
      case SAVING -> deadline;
      default -> NEVER;
    };
  }

  @Override
  public void wakeup() {
    mailbox.wakeup();
  }

  @Override
  public boolean finished() {
    return phase == Phase.ENDED;
  }

  @Override
  public void close() {
    if (phase != Phase.ENDED) {
      failure.fail(new LinkFailedException("the control agent failed; this is a bug, see the log"));
      endIfFailed();
    }
    mailbox.run(0); // completes late requests
  }

  // Connecting.

  private boolean connectIfDue(long now) {
    if (now < connectAt) {
      return false;
    }
    try {
      Map<SourcePartition, Progress> loaded = connection.connect();
      laneParts.openAll();
      runner.start(lanes);
      connected(loaded);
      firstAttempt.complete(null);
    } catch (LinkFailedException e) {
      failure.fail(e);
    } catch (RuntimeException e) {
      ReplicationException cause = Opener.asReplicationException(e);
      connectFailures++;
      Duration delay = backoff.after(connectFailures);
      connectAt = link.time().nanoTime() + delay.toNanos();
      if (!failure.isByClosing(cause)) {
        link.error(cause);
        link.state()
            .transition(
                LinkState.CONNECTING, LinkState.CONNECTING, String.valueOf(cause.getMessage()));
      }
      firstAttempt.complete(null);
    }
    endIfFailed();
    return true;
  }

  private void connected(Map<SourcePartition, Progress> loaded) {
    phase = Phase.RUNNING;
    link.state().transition(LinkState.CONNECTING, LinkState.RUNNING, "both sides are connected");
    if (partitions.isPausedAll()) {
      link.state().transition(LinkState.RUNNING, LinkState.PAUSED, "paused by the user");
    }
    running = new RunningLink(parts, loaded);
  }

  private boolean run(long now) {
    boolean worked = running != null && running.run(now);
    endIfFailed();
    return worked;
  }

  // Ending.

  private void endIfFailed() {
    ReplicationException cause = failure.failure();
    if (cause != null && phase != Phase.ENDED) {
      link.error(cause);
      end(
          cause instanceof FencedException ? LinkState.FENCED : LinkState.FAILED,
          String.valueOf(cause.getMessage()));
    }
  }

  private void drain(String reason) {
    switch (phase) {
      case RUNNING -> {
        LinkState from = link.state().get();
        link.state().transition(from, LinkState.STOPPING, reason);
        partitions.drainAll();
        deadline = closeBy;
        phase = Phase.DRAINING;
      }
      case IDLE, CONNECTING -> end(LinkState.STOPPED, reason);
      default -> {}
    }
  }

  private boolean drained(long now) {
    endIfFailed();
    if (phase != Phase.DRAINING) {
      return true;
    }
    RunningLink current = Objects.requireNonNull(running, "only a running link drains");
    current.reportIfDue(now);
    boolean drained = partitions.isDrained();
    if (!drained && now < deadline) {
      return false;
    }
    if (!drained) {
      link.error(
          new ReplicationException(
              "closing took longer than the close timeout of %s: records that are not acknowledged are"
                      .formatted(link.settings().closeTimeout())
                  + " copied again at the next start"));
    }
    phase = Phase.SAVING;
    deadline = Math.min(now + LAST_SAVE, Math.max(now, closeBy) + LATE_SAVE);
    var unused = current.saveLast().whenComplete((done, error) -> lastSaveDone = true);
    return true;
  }

  private boolean saved(long now) {
    endIfFailed();
    if (phase != Phase.SAVING || (!lastSaveDone && now < deadline)) {
      return false;
    }
    if (!lastSaveDone) {
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
    phase = Phase.ENDED;
    if (last != LinkState.STOPPED) {
      link.state().transition(link.state().get(), last, reason);
    }
    ReplicationException cause = failure.failure();
    partitions.linkEnded(last, reason, cause);
    caughtUp.failAll(cause != null ? cause : endedCause());
    failure.ended();
    runner.end(lanes, releaseTimeout());
    runner.release(connection::close, releaseTimeout());
    link.allFigures().keySet().forEach(link.metrics()::partitionRemoved);
    if (last == LinkState.STOPPED) {
      link.state().transition(link.state().get(), last, reason);
    }
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
