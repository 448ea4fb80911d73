package dev.twinlog.internal.engine;

import dev.twinlog.LinkState;
import dev.twinlog.Offsets;
import dev.twinlog.internal.offsets.TranslatedOffsets;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
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
 * One link as a whole: its agents, and either the threads that step them or nobody, in which case
 * the caller steps {@link #agents()} by hand. Thread-safe.
 */
public final class LinkEngine {
  private static final Logger LOG = LoggerFactory.getLogger(LinkEngine.class);

  /** A call of an admin client is given up after 10 seconds, unless the user says otherwise. */
  private static final Duration START_WAIT = Duration.ofSeconds(12);

  private static final Duration GRACE = Duration.ofMillis(1_700);
  private static final Duration HEARING = Duration.ofMillis(500);
  private static final Duration LAST_WAIT = Duration.ofMillis(100);

  private final Link link;
  private final ControlAgent control;
  private final @Nullable Threads threads;
  private final UserRequests requests;

  private LinkEngine(LinkSettings settings, LinkTime time, long seed, boolean threaded) {
    this.link = new Link(settings, time);
    this.requests = new UserRequests(link);
    LaneThreads laneThreads = new LaneThreads();
    this.control = new ControlAgent(link, threaded ? laneThreads : new ByHand(), seed);
    this.threads =
        threaded ? new Threads(thread(control), thread(link.events()), laneThreads) : null;
  }

  /** An engine with threads of its own, none of which runs before {@link #start()}. */
  public static LinkEngine threaded(LinkSettings settings) {
    return new LinkEngine(settings, LinkTime.system(settings.clock()), System.nanoTime(), true);
  }

  /** An engine without threads: {@link #start()} it, then step its agents. */
  public static LinkEngine stepped(LinkSettings settings, LinkTime time, long seed) {
    return new LinkEngine(settings, time, seed, false);
  }

  /** The agents to step, for an engine without threads. */
  public List<Agent> agents() {
    List<Agent> agents = new ArrayList<>();
    agents.add(control);
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
   * @throws ReplicationException if it can't ever succeed
   */
  public void start() {
    if (link.state().get() == LinkState.DISABLED) {
      LOG.info("link {} is disabled: nothing is started", link.name());
      return;
    }
    if (threads == null || link.state().get() != LinkState.NEW) {
      begin();
      return; // whoever steps the agents sees what comes of it
    }
    PartsInUse.Claim claim = PartsInUse.claim(link.settings());
    try {
      begin();
    } catch (RuntimeException e) {
      claim.release();
      throw e;
    }
    var unused = control.ended().whenComplete((done, error) -> claim.release());
    threads.control().start();
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
                "no answer within %s: %s".formatted(START_WAIT, control.asking())));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void begin() {
    if (!link.state().transition(LinkState.NEW, LinkState.CONNECTING, "started")) {
      throw new IllegalStateException(
          "link %s can't be started, it is %s: a replicator starts once, build a new one"
              .formatted(link.name(), link.state().get()));
    }
    control.begin();
  }

  /** Drains and ends the link, within the close timeout and two seconds, whatever hangs. */
  public void close() {
    if (link.state().get() == LinkState.DISABLED) {
      return;
    }
    if (link.state().transition(LinkState.NEW, LinkState.STOPPED, "closed")) {
      control.neverBegan();
      return;
    }
    CompletableFuture<Void> heard = control.finish("closed by the user");
    if (threads == null) {
      return; // drains in the steps to come
    }
    if (link.state().get() == LinkState.CONNECTING) {
      threads.control().interrupt();
    }
    if (threads.isLinkThread()) {
      return; // the link ends when this call has returned
    }
    long by = System.nanoTime() + link.settings().closeTimeout().plus(GRACE).toNanos();
    CompletableFuture<Object> begun = CompletableFuture.anyOf(heard, control.ended());
    while (!await(begun, least(left(by), HEARING))
        && !left(by).isZero()
        && !Thread.currentThread().isInterrupted()) {
      threads.control().interrupt(); // it waits for a cluster that doesn't answer
    }
    if (!await(control.ended(), left(by))) {
      threads.control().interrupt();
      if (!await(control.ended(), LAST_WAIT)) {
        LOG.warn("link {} did not close in time; its threads are left to end alone", link.name());
      }
    }
    endThread(threads.control(), "control", left(by));
    endThread(threads.events(), "events", left(by));
  }

  private static Duration left(long byNanos) {
    return Duration.ofNanos(Math.max(0, byNanos - System.nanoTime()));
  }

  private static Duration least(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  /** Whether everything is released. */
  public boolean isEnded() {
    return control.ended().isDone();
  }

  private void endThread(AgentThread thread, String role, Duration patience) {
    if (!thread.join(patience)) {
      thread.interrupt();
      if (!thread.join(LAST_WAIT)) {
        LOG.warn("link {}: the {} thread does not end; what it calls is stuck", link.name(), role);
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

  /** Completes when the copy has reached what is the source's end now. */
  public CompletableFuture<Void> whenCaughtUp() {
    CompletableFuture<Void> done = new CompletableFuture<>();
    LinkState state = link.state().get();
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

  /** Pauses everything. */
  public void pause() {
    control.pauseAll();
  }

  /**
   * Resumes everything.
   *
   * @throws IllegalStateException if the link has ended
   */
  public void resume() {
    requests.requireRunning("resumed");
    control.resumeAll();
  }

  /**
   * Pauses these.
   *
   * @throws IllegalArgumentException if one of them is not the link's
   */
  public void pause(Collection<TopicPartition> partitions) {
    requests.known(partitions).forEach(control::pause);
  }

  /**
   * Resumes these.
   *
   * @throws IllegalArgumentException if one of them is not the link's
   * @throws IllegalStateException if the link has ended
   */
  public void resume(Collection<TopicPartition> partitions) {
    requests.requireRunning("resumed");
    requests.known(partitions).forEach(control::resume);
  }

  /**
   * Goes on without what these have lost.
   *
   * @throws IllegalArgumentException if one of them is not the link's
   * @throws IllegalStateException if one of them has lost nothing, or the link has ended
   */
  public void acceptLoss(Collection<TopicPartition> partitions) {
    requests.requireRunning("resumed");
    requests.withLoss(partitions).forEach(control::acceptLoss);
  }

  // Looking.

  /** The link's settings. */
  public LinkSettings settings() {
    return link.settings();
  }

  /** The link's state. */
  public LinkState state() {
    return link.state().get();
  }

  /** Why it is in that state. */
  public String reason() {
    return link.state().reason();
  }

  /** Since when progress can't be saved, if that is so. */
  public Optional<Instant> unsavedSince() {
    return link.unsaved().since();
  }

  /** Since when it has been. */
  public Instant since() {
    return link.state().since();
  }

  /** Topics that were selected by name and do not exist at the source. */
  public List<String> missingTopics() {
    return link.missingTopics();
  }

  /** The last error of the link as a whole. */
  public Optional<ReplicationException> lastError() {
    return link.lastError();
  }

  /** Translates by what the link knows at the moment of each question. */
  public Offsets offsets() {
    return new TranslatedOffsets(link.settings().offsetTranslator(), link.history());
  }

  /** What is worth knowing of target topics, by their names. */
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

  private record Threads(AgentThread control, AgentThread events, LaneThreads lanes) {
    /** Whether the caller is one of those that the link's end waits for. */
    boolean isLinkThread() {
      return control.isCurrent() || lanes.isCurrent();
    }
  }

  /** Runs lanes by two threads each. Used by the control agent, except where it says otherwise. */
  private final class LaneThreads implements ControlAgent.LaneRunner {
    private final List<AgentThread> threads = new CopyOnWriteArrayList<>();

    @Override
    public void start(List<Lane> lanes) {
      for (Lane lane : lanes) {
        threads.add(thread(lane.reader()));
        threads.add(thread(lane.writer()));
      }
      threads.forEach(AgentThread::start);
    }

    @Override
    public void end(List<Lane> lanes, Duration patience) {
      Thread.interrupted(); // that ended a call that blocked, and not what is to come
      for (Lane lane : lanes) {
        lane.reader().stop();
        lane.writer().stop();
      }
      if (!join(patience)) {
        threads.forEach(AgentThread::interrupt);
        if (!join(LAST_WAIT)) {
          LOG.warn(
              "link {}: its lanes are left to end alone; what they call is stuck", link.name());
        }
      }
    }

    private boolean join(Duration patience) {
      long by = System.nanoTime() + patience.toNanos();
      boolean ended = true;
      for (AgentThread thread : threads) {
        ended &= thread.join(left(by));
      }
      return ended;
    }

    @Override
    public void release(Runnable work, Duration patience) {
      Thread.interrupted();
      Thread closer = link.threads("closer").newThread(work);
      closer.start();
      if (!hasEnded(closer, patience)) {
        closer.interrupt();
        if (!hasEnded(closer, LAST_WAIT)) {
          LOG.warn("link {}: its clients are left to close alone", link.name());
        }
      }
    }

    /** Waits in spite of interrupts: they were meant for a call that had just ended by itself. */
    private static boolean hasEnded(Thread thread, Duration patience) {
      long by = System.nanoTime() + patience.toNanos();
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

  /** Nobody: the caller steps. */
  private static final class ByHand implements ControlAgent.LaneRunner {
    @Override
    public void start(List<Lane> lanes) {}

    @Override
    public void end(List<Lane> lanes, Duration patience) {
      for (Lane lane : lanes) {
        lane.reader().stop();
        lane.writer().stop();
        lane.reader().close();
        lane.writer().close();
      }
    }

    @Override
    public void release(Runnable work, Duration patience) {
      work.run();
    }
  }
}
