package dev.twinlog.internal.engine;

import dev.twinlog.LinkState;
import dev.twinlog.Offsets;
import dev.twinlog.internal.engine.agent.Agent;
import dev.twinlog.internal.engine.agent.AgentThread;
import dev.twinlog.internal.engine.agent.LinkTime;
import dev.twinlog.internal.engine.duty.ClusterCalls;
import dev.twinlog.internal.engine.duty.PlannedChanges;
import dev.twinlog.internal.engine.lane.Lane;
import dev.twinlog.internal.engine.ownership.Ownership;
import dev.twinlog.internal.engine.ownership.SoleOwner;
import dev.twinlog.internal.engine.shared.GroupView;
import dev.twinlog.internal.engine.shared.Link;
import dev.twinlog.internal.engine.shared.LinkEvent;
import dev.twinlog.internal.engine.shared.PartitionView;
import dev.twinlog.internal.offsets.TranslatedOffsets;
import dev.twinlog.internal.options.LinkOptions;
import dev.twinlog.internal.options.LinkSettings;
import dev.twinlog.internal.status.DutySnapshot;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one link: its agents, either on threads or, for tests, stepped by the caller through {@link
 * #agents()}. Thread-safe.
 */
public final class LinkEngine {
  private static final Logger LOG = LoggerFactory.getLogger(LinkEngine.class);

  /** Longer than the default timeout of an admin client's call, 10 seconds. */
  private static final Duration START_WAIT = Duration.ofSeconds(12);

  private static final Duration GRACE = Duration.ofMillis(1_700);
  private static final Duration DRAIN_WAIT = Duration.ofMillis(500);
  private static final Duration LAST_WAIT = Duration.ofMillis(100);

  private final Link link;
  private final ControlAgent control;
  private final @Nullable Threads threads;
  private final UserRequests requests;

  private LinkEngine(
      LinkSettings settings, LinkTime time, long seed, Ownership ownership, boolean threaded) {
    this.link = new Link(settings, time);
    this.requests = new UserRequests(link);
    LaneThreads laneThreads = new LaneThreads();
    this.control =
        new ControlAgent(link, ownership, threaded ? laneThreads : new SteppedLanes(), seed);
    this.threads =
        threaded
            ? new Threads(
                thread(control),
                thread(control.calls()),
                thread(control.syncCalls()),
                thread(link.events()),
                laneThreads)
            : null;
    if (threads != null) {
      laneThreads.calls.put(control.calls(), threads.calls());
      laneThreads.calls.put(control.syncCalls(), threads.syncs());
    }
  }

  /** Creates an engine with its own threads, which run from {@link #start()} on. */
  public static LinkEngine threaded(LinkSettings settings) {
    LinkTime time = LinkTime.system(settings.get(LinkOptions.CLOCK));
    return new LinkEngine(settings, time, System.nanoTime(), new SoleOwner(time), true);
  }

  /** Creates an engine without threads: call {@link #start()}, then step its agents. */
  public static LinkEngine stepped(LinkSettings settings, LinkTime time, long seed) {
    return stepped(settings, time, seed, new SoleOwner(time));
  }

  /** As {@link #stepped(LinkSettings, LinkTime, long)}, with what the ownership claims. */
  public static LinkEngine stepped(
      LinkSettings settings, LinkTime time, long seed, Ownership ownership) {
    return new LinkEngine(settings, time, seed, ownership, false);
  }

  /** The agents to step, for an engine without threads. */
  public List<Agent> agents() {
    List<Agent> agents = new ArrayList<>();
    agents.add(control);
    agents.add(control.calls());
    agents.add(control.syncCalls());
    for (Lane lane : control.lanes()) {
      agents.add(lane.reader());
      agents.add(lane.writer());
    }
    agents.add(link.events());
    return agents;
  }

  // Starting and closing.

  /**
   * Starts the link's threads and waits for the first attempt to connect, at most 12 seconds.
   *
   * @throws IllegalStateException if it was started or closed before, or if a running link uses its
   *     source, sink or store
   * @throws ReplicationException if the failure can't be retried
   */
  public void start() {
    if (link.state().shown() == LinkState.DISABLED) {
      LOG.info("link {} is disabled: nothing is started", link.name());
      return;
    }
    if (threads == null || link.state().shown() != LinkState.NEW) {
      begin();
      return; // the caller steps the agents and sees the result
    }
    PartsInUse.Reservation parts = PartsInUse.reserve(link.settings());
    try {
      begin();
    } catch (RuntimeException e) {
      parts.release();
      throw e;
    }
    var unused = control.ended().whenComplete((done, error) -> parts.release());
    threads.control().start();
    threads.calls().start();
    threads.syncs().start();
    threads.events().start();
    try {
      control.firstAttempt().get(START_WAIT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      close();
      throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e);
    } catch (TimeoutException e) {
      if (link.lastError().isEmpty()) {
        link.error(
            new RetriableException(
                "no answer within %s: %s".formatted(START_WAIT, control.currentRequest())));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void begin() {
    if (!link.state().apply(new LinkEvent.Started(link.time().nanoTime()), "started")) {
      throw new IllegalStateException(
          "link %s can't be started, it is %s: a replicator starts once, build a new one"
              .formatted(link.name(), link.state().shown()));
    }
    control.wakeup();
  }

  /** Drains and ends the link, within the close timeout and two seconds, even if calls hang. */
  public void close() {
    if (link.state().shown() == LinkState.DISABLED) {
      return;
    }
    if (link.state().apply(new LinkEvent.ClosedUnstarted(), "closed")) {
      control.closedBeforeStart();
      return;
    }
    CompletableFuture<Void> draining = control.finish("closed by the user");
    if (threads == null) {
      return; // drains in the steps to come
    }
    if (link.state().shown() == LinkState.CONNECTING) {
      threads.control().interrupt();
    }
    if (threads.isLinkThread()) {
      return; // the link ends when this call has returned
    }
    long by =
        System.nanoTime() + link.settings().get(LinkOptions.CLOSE_TIMEOUT).plus(GRACE).toNanos();
    CompletableFuture<Object> begun = CompletableFuture.anyOf(draining, control.ended());
    while (!await(begun, least(left(by), DRAIN_WAIT))
        && !left(by).isZero()
        && !Thread.currentThread().isInterrupted()) {
      if (!link.state().get().isOver()) { // else it waits for the end of the other threads
        threads.control().interrupt(); // it is blocked by a request without an answer
      }
    }
    while (!await(control.ended(), least(left(by), DRAIN_WAIT))
        && !left(by).isZero()
        && !Thread.currentThread().isInterrupted()) {
      threads.calls().interrupt(); // an opening may wait for an answer
    }
    if (!control.ended().isDone()) {
      threads.control().interrupt();
      if (!await(control.ended(), LAST_WAIT)) {
        LOG.warn("link {} did not close in time; its threads were not awaited", link.name());
      }
    }
    endThread(threads.control(), "control", left(by));
    endThread(threads.calls(), "duties", left(by));
    endThread(threads.syncs(), "syncs", left(by));
    endThread(threads.events(), "events", left(by));
  }

  private static Duration left(long byNanos) {
    return Duration.ofNanos(Math.max(0, byNanos - System.nanoTime()));
  }

  private static Duration least(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  /** Whether all resources are released. */
  public boolean isEnded() {
    return control.ended().isDone();
  }

  private void endThread(AgentThread thread, String role, Duration timeout) {
    if (!thread.join(timeout)) {
      thread.interrupt();
      if (!thread.join(LAST_WAIT)) {
        LOG.warn("link {}: the {} thread does not end, it is blocked in a call", link.name(), role);
      }
    }
  }

  private static boolean await(Future<?> future, Duration timeout) {
    try {
      future.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } catch (ExecutionException | TimeoutException e) {
      return future.isDone();
    }
  }

  // Using.

  /** Completes when the copy has reached the source's current end. */
  public CompletableFuture<Void> whenCaughtUp() {
    CompletableFuture<Void> done = new CompletableFuture<>();
    LinkState state = link.state().shown();
    if (state == LinkState.DISABLED) {
      done.complete(null);
    } else if (state == LinkState.NEW || state == LinkState.STOPPING || state.isFinal()) {
      done.completeExceptionally(
          link.lastError()
              .filter(error -> state == LinkState.FENCED || state == LinkState.FAILED)
              .map(RuntimeException.class::cast)
              .orElseGet(
                  () ->
                      new IllegalStateException(
                          "link %s is %s: nothing is being copied".formatted(link.name(), state))));
    } else {
      control.whenCaughtUp(done);
    }
    return done;
  }

  /** Asks what the syncs would change; nothing if the link is disabled. */
  public CompletableFuture<PlannedChanges> plan() {
    if (isDisabled()) {
      return CompletableFuture.completedFuture(PlannedChanges.NONE);
    }
    CompletableFuture<PlannedChanges> done = new CompletableFuture<>();
    whyNotAsk().ifPresentOrElse(done::completeExceptionally, () -> control.plan(done));
    return done;
  }

  /** Runs discovery and all syncs; nothing if the link is disabled. */
  public CompletableFuture<Void> syncNow() {
    CompletableFuture<Void> done = new CompletableFuture<>();
    if (isDisabled()) {
      done.complete(null);
      return done;
    }
    whyNotAsk().ifPresentOrElse(done::completeExceptionally, () -> control.syncNow(done));
    return done;
  }

  private boolean isDisabled() {
    return link.state().shown() == LinkState.DISABLED;
  }

  /** Why the caller would get no answer. */
  private Optional<IllegalStateException> whyNotAsk() {
    LinkState state = link.state().shown();
    if (state == LinkState.NEW || state == LinkState.STOPPING || state.isFinal()) {
      return Optional.of(
          new IllegalStateException(
              "link %s is %s: this needs a link that runs".formatted(link.name(), state)));
    }
    return threads != null && threads.isLinkThread()
        ? Optional.of(
            new IllegalStateException(
                "a thread of link %s would wait for itself".formatted(link.name())))
        : Optional.empty();
  }

  /** Pauses all partitions. */
  public void pause() {
    control.pauseAll();
  }

  /**
   * Resumes all partitions.
   *
   * @throws IllegalStateException if the link has ended
   */
  public void resume() {
    requests.requireRunning("resumed");
    control.resumeAll();
  }

  /**
   * Pauses these partitions.
   *
   * @throws IllegalArgumentException if one of them is not the link's
   */
  public void pause(Collection<TopicPartition> partitions) {
    requests.requireKnown(partitions).forEach(control::pause);
  }

  /**
   * Resumes these partitions.
   *
   * @throws IllegalArgumentException if one of them is not the link's
   * @throws IllegalStateException if the link has ended
   */
  public void resume(Collection<TopicPartition> partitions) {
    requests.requireRunning("resumed");
    requests.requireKnown(partitions).forEach(control::resume);
  }

  /**
   * Continues these partitions without the lost records.
   *
   * @throws IllegalArgumentException if one of them is not the link's
   * @throws IllegalStateException if one of them has no loss, or the link has ended
   */
  public void acceptLoss(Collection<TopicPartition> partitions) {
    requests.requireRunning("resumed");
    requests.requireLoss(partitions).forEach(control::acceptLoss);
  }

  // Status.

  /** The link's settings. */
  public LinkSettings settings() {
    return link.settings();
  }

  /** The link's state. */
  public LinkState state() {
    return link.state().shown();
  }

  /** Why it is in that state. */
  public String reason() {
    return link.state().reason();
  }

  /** Since when progress can't be saved; empty if it can. */
  public Optional<Instant> unsavedSince() {
    return link.unsaved().since();
  }

  /** Since when it is in that state. */
  public Instant since() {
    return link.state().since();
  }

  /** How the link's duties are doing; empty before it is connected. */
  public List<DutySnapshot> duties() {
    return control.duties();
  }

  /** Topics that were selected by name and do not exist at the source. */
  public List<String> missingTopics() {
    return link.missingTopics();
  }

  /** Whether consumer groups are kept in step, and why not; empty before it is connected. */
  public String groupSync() {
    return link.groupSync();
  }

  /** The consumer groups that are kept in step, by id. */
  public Map<String, GroupView> groups() {
    return link.groups();
  }

  /** When the consumer groups were read; empty before they were. */
  public Optional<Instant> groupsAsOf() {
    return link.groupsAsOf();
  }

  /** The last error of the link as a whole. */
  public Optional<ReplicationException> lastError() {
    return link.lastError();
  }

  /** Translates offsets with the link's maps at the time of each call. */
  public Offsets offsets() {
    return new TranslatedOffsets(
        link.settings().get(LinkOptions.OFFSET_TRANSLATOR), link.claims().history());
  }

  /** Notes about target topics, by topic name. */
  public Map<String, List<String>> notes() {
    return link.notes();
  }

  /** The partitions' figures, ordered by topic and number. */
  public Map<TopicPartition, PartitionView> partitions() {
    long now = link.time().clock().millis();
    Map<TopicPartition, PartitionView> views = new LinkedHashMap<>();
    link.allFigures().forEach((source, figures) -> views.put(source, figures.view(now)));
    return views;
  }

  // Running the agents.

  private AgentThread thread(Agent agent) {
    return new AgentThread(
        agent, link.time(), link.threads(agent.role()), cause -> crashed(agent, cause));
  }

  private void crashed(Agent agent, Throwable cause) {
    LOG.error("link {}: the {} agent failed", link.name(), agent.role(), cause);
    control.crashed(agent.role(), cause);
  }

  private record Threads(
      AgentThread control,
      AgentThread calls,
      AgentThread syncs,
      AgentThread events,
      LaneThreads lanes) {
    /** Whether the caller is a thread that the end of the link waits for. */
    boolean isLinkThread() {
      return control.isCurrent() || calls.isCurrent() || syncs.isCurrent() || lanes.isCurrent();
    }
  }

  /**
   * Runs each lane on two threads. Used by the control agent, except where a method says otherwise.
   */
  private final class LaneThreads implements ControlAgent.LaneRunner {
    private final List<AgentThread> threads = new CopyOnWriteArrayList<>();
    private final Map<ClusterCalls, AgentThread> calls = new HashMap<>();

    @Override
    public void start(List<Lane> lanes) {
      for (Lane lane : lanes) {
        threads.add(thread(lane.reader()));
        threads.add(thread(lane.writer()));
      }
      threads.forEach(AgentThread::start);
    }

    @Override
    public void end(ClusterCalls agent, Duration timeout) {
      Thread.interrupted(); // an interrupt was meant for an earlier blocked call
      agent.stop();
      AgentThread thread = calls.get(agent);
      if (thread != null && !thread.join(least(timeout, LAST_WAIT))) {
        thread.interrupt();
        if (!thread.join(timeout.dividedBy(2))) {
          LOG.warn("link {}: a call to a cluster was not awaited, it is blocked", link.name());
        }
      }
    }

    @Override
    public void end(List<Lane> lanes, Duration timeout) {
      Thread.interrupted(); // an interrupt was meant for an earlier blocked call
      for (Lane lane : lanes) {
        lane.reader().stop();
        lane.writer().stop();
      }
      if (!join(timeout)) {
        threads.forEach(AgentThread::interrupt);
        if (!join(LAST_WAIT)) {
          LOG.warn("link {}: its lanes were not awaited, they are blocked in calls", link.name());
        }
      }
    }

    private boolean join(Duration timeout) {
      long by = System.nanoTime() + timeout.toNanos();
      boolean ended = true;
      for (AgentThread thread : threads) {
        ended &= thread.join(left(by));
      }
      return ended;
    }

    @Override
    public void release(Runnable work, Duration timeout) {
      Thread.interrupted();
      Thread closer = link.threads("closer").newThread(work);
      closer.start();
      if (!hasEnded(closer, timeout)) {
        closer.interrupt();
        if (!hasEnded(closer, LAST_WAIT)) {
          LOG.warn("link {}: its clients take long to close and were not awaited", link.name());
        }
      }
    }

    /** Waits in spite of interrupts, which were meant for an earlier call that has just ended. */
    private static boolean hasEnded(Thread thread, Duration timeout) {
      long by = System.nanoTime() + timeout.toNanos();
      boolean interrupted = false;
      while (thread.isAlive() && !left(by).isZero()) {
        try {
          thread.join(Math.max(1, left(by).toMillis()));
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
      return !thread.isAlive();
    }

    /** Any thread. */
    boolean isCurrent() {
      return threads.stream().anyMatch(AgentThread::isCurrent);
    }
  }

  /** For an engine whose agents the caller steps. */
  private static final class SteppedLanes implements ControlAgent.LaneRunner {
    @Override
    public void start(List<Lane> lanes) {}

    @Override
    public void end(ClusterCalls calls, Duration timeout) {
      calls.stop();
      calls.close();
    }

    @Override
    public void end(List<Lane> lanes, Duration timeout) {
      for (Lane lane : lanes) {
        lane.reader().stop();
        lane.writer().stop();
        lane.reader().close();
        lane.writer().close();
      }
    }

    @Override
    public void release(Runnable work, Duration timeout) {
      work.run();
    }
  }
}
