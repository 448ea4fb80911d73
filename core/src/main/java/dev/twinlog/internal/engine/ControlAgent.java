package dev.twinlog.internal.engine;

import dev.twinlog.LinkState;
import dev.twinlog.internal.control.TopicAdmission;
import dev.twinlog.internal.progress.ProgressKeeper;
import dev.twinlog.spi.FencedException;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.LinkMetrics;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.SinkWriter;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.SourceReader;
import dev.twinlog.spi.StartPosition;
import dev.twinlog.spi.TopicSink;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Runs a link from its start to its end: connects, discovers, opens, saves progress, retries,
 * closes. Everything that may block happens here and never on a lane's thread. Confined to the
 * control thread, except where a method says otherwise.
 */
final class ControlAgent implements Agent, LaneContext {
  private static final long TICK = Duration.ofMillis(500).toNanos();
  private static final long SAVE = Duration.ofSeconds(1).toNanos();
  private static final long PROVE = Duration.ofSeconds(5).toNanos();
  private static final long LAST_SAVE = Duration.ofSeconds(5).toNanos();
  private static final long NEVER = Long.MAX_VALUE;

  private enum Phase {
    IDLE,
    CONNECTING,
    RUNNING,
    DRAINING,
    SAVING,
    ENDED
  }

  /** How agents of lanes are run: by threads, or by hand. */
  interface LaneRunner {
    void start(List<Lane> lanes);

    /** Ends the lanes' agents and waits for it, within bounds. */
    void end(List<Lane> lanes);
  }

  private final Link link;
  private final LaneRunner runner;
  private final Mailbox mailbox = new Mailbox();
  private final CompletableFuture<Void> firstAttempt = new CompletableFuture<>();
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private final CaughtUp caughtUp = new CaughtUp();
  private final Stages stages;
  private final TopicAdmission admission;
  private final Connection connection;
  private final List<Lane> lanes = new ArrayList<>();
  private final Partitions partitions;
  private final Backoff backoff;
  private final LaneRepairs readers;
  private final LaneRepairs writers;
  private @Nullable ProgressKeeper keeper;
  private @Nullable Opener opener;
  private @Nullable Discovery discovery;
  private Phase phase = Phase.IDLE;
  private int connectFailures;
  private int discoveryFailures;
  private long connectAt;
  private long tickAt;
  private long saveAt;
  private long proveAt;
  private long discoverAt;
  private long suspectAt;
  private long endsAskedAt;
  private long deadline = NEVER;
  private long endsAt;
  private boolean sourceSuspicious;
  private boolean lastSaveDone;
  private @Nullable ReplicationException failure;

  ControlAgent(Link link, LaneRunner runner, long seed) {
    this.link = link;
    this.runner = runner;
    LinkSettings settings = link.settings();
    this.stages = new Stages(settings.transform(), settings.partitionMapper());
    this.admission =
        new TopicAdmission(
            settings.source(),
            settings.sink(),
            settings.topicMapper(),
            settings.partitionMapper(),
            settings.topicSync());
    this.connection = new Connection(link, admission);
    this.backoff = new Backoff(new SplittableRandom(seed));
    this.readers = new LaneRepairs(backoff);
    this.writers = new LaneRepairs(backoff);
    for (int number = 0; number < settings.lanes(); number++) {
      lanes.add(new Lane(number, this, stages, settings.maxInFlightBytes() / settings.lanes()));
    }
    this.partitions = new Partitions(link, lanes, backoff, this::fail);
  }

  List<Lane> lanes() {
    return lanes;
  }

  // What others ask for, from any thread.

  /** Completes when the first attempt to connect has been answered, well or not. */
  CompletableFuture<Void> firstAttempt() {
    return firstAttempt;
  }

  /** Completes when the link has ended and everything is released. */
  CompletableFuture<Void> ended() {
    return ended;
  }

  void begin() {
    mailbox.add(
        () -> {
          if (phase == Phase.IDLE) { // unless it was closed before it could begin
            phase = Phase.CONNECTING;
            connectAt = link.time().nanoTime();
          }
        });
  }

  /** The link was closed before it was started: nobody will step this agent. */
  void neverBegan() {
    ended.complete(null);
  }

  void finish(String reason) {
    mailbox.add(() -> drain(reason));
  }

  /** An agent's thread has died of a bug. */
  void crashed(String role, Throwable cause) {
    mailbox.add(
        () -> fail(new LinkFailedException("the " + role + " agent failed: " + cause, cause)));
  }

  void whenCaughtUp(CompletableFuture<Void> done) {
    mailbox.add(
        () -> {
          caughtUp.add(done);
          endsAt = link.time().nanoTime(); // only an attempt that failed waits for the next one
          if (phase == Phase.ENDED) {
            caughtUp.failAll(whyNot());
          }
        });
    if (ended.isDone()) {
      done.completeExceptionally(whyNot());
    }
  }

  private RuntimeException whyNot() {
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
          link.state().transition(LinkState.PAUSED, LinkState.RUNNING, "resumed by the user");
        });
  }

  void pause(TopicPartition source) {
    mailbox.add(
        () -> {
          Managed partition = partitions.find(source);
          if (partition != null) {
            partitions.pause(partition);
          }
        });
  }

  void resume(TopicPartition source) {
    mailbox.add(
        () -> {
          Managed partition = partitions.find(source);
          if (partition != null) {
            partitions.resume(partition);
          }
        });
  }

  // What lanes tell, from any thread.

  @Override
  public LinkTime time() {
    return link.time();
  }

  @Override
  public LinkMetrics metrics() {
    return link.metrics();
  }

  @Override
  public void flowEnded(Flow flow, Progress last, @Nullable ReplicationException cause) {
    mailbox.add(
        () -> {
          if (cause instanceof GapException && phase == Phase.RUNNING) {
            attempt(this::discoverSource); // a topic that was created again explains any gap
          }
          if (partitions.flowEnded(flow, last, cause) && keeper != null) {
            keeper.put(List.of(last));
          }
        });
  }

  @Override
  public void progressed(List<Progress> changed) {
    mailbox.add(
        () -> {
          if (keeper != null && (phase == Phase.RUNNING || phase == Phase.DRAINING)) {
            keeper.put(changed);
            keeper.flush();
          }
        });
  }

  @Override
  public void sourceSuspected() {
    mailbox.add(() -> sourceSuspicious = true);
  }

  @Override
  public void cutMoved() {
    if (caughtUp.isAwaited()) {
      mailbox.wakeup();
    }
  }

  @Override
  public void readerLost(Lane lane, RuntimeException cause) {
    mailbox.add(
        () -> {
          RetriableException lost =
              new RetriableException(
                  "the source's reader failed and is opened anew: " + cause, cause);
          partitions.laneLost(lane, lost);
          broken(cause, lost);
          readers.lost(lane, link.time().nanoTime());
        });
  }

  @Override
  public void writerLost(Lane lane, RuntimeException cause) {
    mailbox.add(
        () -> {
          broken(
              cause,
              new RetriableException(
                  "the sink's writer failed and is opened anew: " + cause, cause));
          writers.lost(lane, link.time().nanoTime());
        });
  }

  private void broken(RuntimeException cause, RetriableException lost) {
    if (cause instanceof LinkFailedException fatal) {
      fail(fatal);
    } else {
      link.error(lost);
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
      case RUNNING ->
          Math.min(Math.min(tickAt, discoverAt), Math.min(partitions.nextDueNanos(), saveAt));
      case DRAINING, SAVING -> Math.min(deadline, saveAt);
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
      fail(new LinkFailedException("the control agent failed; this is a bug, see the log"));
      endIfFailed();
    }
    mailbox.run(0); // answers those who came too late
  }

  // Connecting.

  private boolean connectIfDue(long now) {
    if (now < connectAt) {
      return false;
    }
    try {
      Map<SourcePartition, Progress> loaded = connection.connect();
      openLanes();
      connected(loaded);
      firstAttempt.complete(null);
    } catch (LinkFailedException e) {
      fail(e);
    } catch (RuntimeException e) {
      ReplicationException cause = Opener.asReplicationException(e);
      connectFailures++;
      Duration delay = backoff.after(connectFailures);
      connectAt = link.time().nanoTime() + delay.toNanos();
      link.error(cause);
      link.state()
          .transition(
              LinkState.CONNECTING, LinkState.CONNECTING, String.valueOf(cause.getMessage()));
      firstAttempt.complete(null);
    }
    endIfFailed();
    return true;
  }

  /** Opens the readers and writers of all lanes, or none. */
  private void openLanes() {
    List<AutoCloseable> opened = new ArrayList<>();
    try {
      List<Runnable> attach = new ArrayList<>();
      for (Lane lane : lanes) {
        SourceReader reader = openReader(lane);
        opened.add(reader);
        SinkWriter writer = openWriter(lane);
        opened.add(writer);
        attach.add(() -> lane.reader().attach(reader));
        attach.add(() -> lane.writer().attach(writer));
      }
      attach.forEach(Runnable::run);
    } catch (RuntimeException e) {
      opened.forEach(part -> closeAfter(part, e));
      throw e;
    }
    runner.start(lanes);
  }

  private static void closeAfter(AutoCloseable part, RuntimeException cause) {
    try {
      part.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      cause.addSuppressed(e);
    }
  }

  private SourceReader openReader(Lane lane) {
    return link.settings().source().openReader(link.context(lane.number()));
  }

  private SinkWriter openWriter(Lane lane) {
    return link.settings().sink().openWriter(link.context(lane.number()));
  }

  private void connected(Map<SourcePartition, Progress> loaded) {
    ProgressKeeper fresh =
        new ProgressKeeper(connection.store(), mailbox::add, this::progressNotSaved);
    keeper = fresh;
    opener = new Opener(link.settings(), admission, stages, fresh, mailbox::add, partitions);
    discovery = new Discovery(link, connection, partitions, loaded);
    phase = Phase.RUNNING;
    long now = link.time().nanoTime();
    tickAt = now + TICK;
    saveAt = now + SAVE;
    proveAt = now + PROVE;
    link.state().transition(LinkState.CONNECTING, LinkState.RUNNING, "both sides are connected");
    if (partitions.isPausedAll()) {
      link.state().transition(LinkState.RUNNING, LinkState.PAUSED, "paused by the user");
    }
    discover();
  }

  private void progressNotSaved(ReplicationException cause) {
    if (cause instanceof LinkFailedException) {
      fail(cause);
    } else {
      link.error(cause);
    }
  }

  // Running.

  private boolean run(long now) {
    boolean worked = false;
    if (now >= discoverAt) {
      discover();
      worked = true;
    }
    if (now >= tickAt) {
      tickAt = now + TICK;
      tick(now);
      worked = true;
    }
    if (now >= saveAt) {
      saveAt = now + SAVE;
      save(now);
      worked = true;
    }
    if (partitions.takeFenced() && keeper != null) {
      keeper.prove();
    }
    worked |= openDue();
    checkCaughtUp(now);
    endIfFailed();
    return worked;
  }

  private void tick(long now) {
    if (sourceSuspicious) {
      sourceSuspicious = false;
      attempt(this::discoverSource);
    }
    partitions.tick();
    repairLanes(now);
    if (now >= endsAskedAt) {
      boolean told = attempt(this::discoverEnds);
      long interval = link.settings().discoveryInterval().toNanos();
      endsAskedAt = now + (told ? PROVE : Math.max(PROVE, interval));
    }
    if (partitions.takeSuspicion() && now >= suspectAt) {
      suspectAt = now + PROVE;
      discover();
    }
  }

  private void repairLanes(long now) {
    readers.repair(now, lane -> attempt(() -> lane.reader().attach(openReader(lane))));
    writers.repair(now, lane -> attempt(() -> lane.writer().attach(openWriter(lane))));
  }

  private void save(long now) {
    lanes.forEach(lane -> lane.writer().report());
    long wall = link.time().clock().millis();
    for (PartitionCell cell : link.cells().values()) {
      link.metrics().lag(cell.source(), cell.lagRecords(), cell.lag(wall));
    }
    if (now >= proveAt && keeper != null) {
      proveAt = now + PROVE;
      keeper.prove();
    }
  }

  private void discover() {
    boolean asked = attempt(this::discoverSource) && attempt(this::discoverTarget);
    discoveryFailures = asked ? 0 : discoveryFailures + 1;
    showWhetherReachable(asked);
    publishNotes();
    Duration interval = link.settings().discoveryInterval();
    Duration retry = backoff.after(Math.max(1, discoveryFailures));
    Duration next = asked || interval.compareTo(retry) < 0 ? interval : retry;
    discoverAt = link.time().nanoTime() + next.toNanos();
  }

  /** A cluster that can't be asked is a state of the link, whatever its partitions still show. */
  private void showWhetherReachable(boolean asked) {
    if (asked) {
      link.state().transition(LinkState.CONNECTING, LinkState.RUNNING, "both sides answer again");
    } else if (failure == null) {
      String why = link.lastError().map(ReplicationException::getMessage).orElse("no answer");
      link.state().transition(LinkState.RUNNING, LinkState.CONNECTING, String.valueOf(why));
    }
  }

  private void publishNotes() {
    if (link.settings().sink() instanceof TopicSink topicSink) {
      link.publishNotes(topicSink.notes());
    }
  }

  private void discoverSource() {
    if (discovery != null) {
      discovery.source();
    }
  }

  private void discoverEnds() {
    if (discovery != null) {
      discovery.ends();
    }
  }

  private void discoverTarget() {
    if (discovery != null) {
      discovery.target();
    }
  }

  private boolean openDue() {
    long now = link.time().nanoTime();
    List<Managed> due = partitions.due(now);
    if (due.isEmpty() || opener == null || discovery == null) {
      return false;
    }
    if (due.stream().anyMatch(partition -> partition.mayLoop)) {
      if (!attempt(this::checkLoopsAgain)) {
        partitions.retryLoopsLater(link.lastError().orElseThrow());
      }
      return true; // the next step opens what may be opened
    }
    Map<String, Integer> counts = new HashMap<>();
    for (Managed partition : due) {
      String topic = partition.topic();
      counts.put(topic, discovery.counts().getOrDefault(topic, 1));
    }
    opener.open(due, counts);
    publishNotes();
    return true;
  }

  /** Whoever resumes what stopped for a loop may have broken the loop before, or not. */
  private void checkLoopsAgain() {
    Map<String, String> loops = connection.checkAgain();
    for (Managed partition : partitions.all()) {
      String loop = partition.mayLoop ? loops.get(partition.topic()) : null;
      partition.mayLoop = false;
      if (loop != null) {
        partitions.stopAfterDrain(partition, new LoopException(partition.partition(), loop));
      }
    }
  }

  private void checkCaughtUp(long now) {
    if (!caughtUp.isAwaited() || (caughtUp.needsEnds() && now < endsAt)) {
      return;
    }
    endsAt = now + TICK;
    attempt(() -> caughtUp.check(link.cells(), partitions.firstStopped(), this::endsOfNow));
  }

  /** The source's ends, new topics included. */
  private Map<TopicPartition, Long> endsOfNow() {
    discoverSource();
    Map<TopicPartition, StartPosition> latest = new HashMap<>();
    for (Managed partition : partitions.all()) {
      latest.put(partition.partition(), StartPosition.latest());
    }
    return latest.isEmpty() ? Map.of() : link.settings().source().resolve(latest);
  }

  /** Does what may fail; false if it did, which is noted. */
  private boolean attempt(Runnable work) {
    try {
      work.run();
      return true;
    } catch (LinkFailedException e) {
      fail(e);
    } catch (RuntimeException e) {
      link.error(Opener.asReplicationException(e));
    }
    return false;
  }

  // Ending.

  /** The link can't go on; it ends when this step does. */
  private void fail(ReplicationException cause) {
    if (failure == null) {
      failure = cause;
    }
  }

  private void endIfFailed() {
    ReplicationException cause = failure;
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
        long now = link.time().nanoTime();
        LinkState from = link.state().get();
        link.state().transition(from, LinkState.STOPPING, reason);
        partitions.drainAll();
        deadline = now + link.settings().closeTimeout().toNanos();
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
    boolean drained = partitions.isDrained();
    if (now >= saveAt) {
      saveAt = now + SAVE;
      lanes.forEach(lane -> lane.writer().report());
    }
    if ((!drained && now < deadline) || keeper == null) {
      return false;
    }
    if (!drained) {
      link.error(
          new ReplicationException(
              "closing took longer than the close timeout of %s: what is not acknowledged is copied"
                      .formatted(link.settings().closeTimeout())
                  + " again at the next start"));
    }
    phase = Phase.SAVING;
    saveAt = NEVER;
    deadline = now + LAST_SAVE;
    var unused =
        keeper.save(partitions.lastProgress()).whenComplete((done, error) -> lastSaveDone = true);
    return true;
  }

  private boolean saved(long now) {
    endIfFailed();
    if (phase != Phase.SAVING || (!lastSaveDone && now < deadline)) {
      return false;
    }
    end(LinkState.STOPPED, "closed");
    return true;
  }

  private void end(LinkState last, String reason) {
    phase = Phase.ENDED;
    if (last != LinkState.STOPPED) {
      link.state().transition(link.state().get(), last, reason);
    }
    ReplicationException cause = failure;
    caughtUp.failAll(cause != null ? cause : whyNot());
    runner.end(lanes);
    connection.close();
    link.cells().keySet().forEach(link.metrics()::partitionRemoved);
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
