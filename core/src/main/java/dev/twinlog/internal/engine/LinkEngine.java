package dev.twinlog.internal.engine;

import dev.twinlog.FailoverOptions;
import dev.twinlog.FailoverReport;
import dev.twinlog.GroupState;
import dev.twinlog.LinkState;
import dev.twinlog.Offsets;
import dev.twinlog.SwitchoverOptions;
import dev.twinlog.SwitchoverReport;
import dev.twinlog.VerifyStatus;
import dev.twinlog.internal.engine.agent.Agent;
import dev.twinlog.internal.engine.agent.AgentThread;
import dev.twinlog.internal.engine.agent.LinkTime;
import dev.twinlog.internal.engine.duty.PlannedChanges;
import dev.twinlog.internal.engine.lane.Lane;
import dev.twinlog.internal.engine.ownership.Ownership;
import dev.twinlog.internal.engine.ownership.SoleOwner;
import dev.twinlog.internal.engine.shared.GroupView;
import dev.twinlog.internal.engine.shared.Link;
import dev.twinlog.internal.engine.shared.LinkEvent;
import dev.twinlog.internal.engine.shared.PartitionView;
import dev.twinlog.internal.engine.threads.LaneThreads;
import dev.twinlog.internal.engine.threads.SteppedLanes;
import dev.twinlog.internal.engine.watch.VerifyAgent;
import dev.twinlog.internal.offsets.TranslatedOffsets;
import dev.twinlog.internal.options.LinkOptions;
import dev.twinlog.internal.options.LinkSettings;
import dev.twinlog.internal.status.DutySnapshot;
import dev.twinlog.internal.status.MoveSnapshot;
import dev.twinlog.internal.status.ThrottleSnapshot;
import dev.twinlog.internal.verify.CopiedLink;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
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

  /** How long closing waits for a switchover that is taken back. */
  private static final Duration TAKING_BACK = Duration.ofSeconds(5);

  /** Longer than the default timeout of an admin client's call, 10 seconds. */
  private static final Duration START_WAIT = Duration.ofSeconds(12);

  private final Link link;
  private final ControlAgent control;
  private final @Nullable LinkThreads threads;
  private final LinkSteering steering;
  private final LinkFailover failover;
  private final LinkSwitchover switchover;
  private final LinkCopy copy;
  private final Optional<VerifyAgent> verifying;

  private LinkEngine(Link link, long seed, Ownership ownership, boolean threaded) {
    this.link = link;
    LaneThreads lanes = new LaneThreads(link, this::thread);
    this.control = new ControlAgent(link, ownership, threaded ? lanes : new SteppedLanes(), seed);
    this.copy = new LinkCopy(link);
    this.verifying = VerifyAgent.of(link, copy::now, new SplittableRandom(seed));
    this.threads =
        threaded
            ? new LinkThreads(link, control, lanes, new VerifyThread(link, verifying), this::thread)
            : null;
    this.switchover =
        new LinkSwitchover(link, control, new LinkSwitchover.LinkRun(this::start, this::end));
    this.failover = new LinkFailover(link, switchover, this::end);
    this.steering = new LinkSteering(link, control, switchover);
  }

  /** Creates an engine with its own threads, which run from {@link #start()} on. */
  public static LinkEngine threaded(LinkSettings settings) {
    return threaded(settings, Optional.empty());
  }

  /**
   * As {@link #threaded(LinkSettings)}, of a link that was moved: a reversal lets it copy what is
   * left at the source.
   */
  public static LinkEngine continuing(LinkSettings settings, UUID move) {
    return threaded(settings, Optional.of(move));
  }

  private static LinkEngine threaded(LinkSettings settings, Optional<UUID> continued) {
    LinkTime time = LinkTime.system(settings.get(LinkOptions.CLOCK));
    Link link = new Link(settings, time, continued);
    return new LinkEngine(link, System.nanoTime(), new SoleOwner(time), true);
  }

  /** Creates an engine without threads: call {@link #start()}, then step its agents. */
  public static LinkEngine stepped(LinkSettings settings, LinkTime time, long seed) {
    return stepped(settings, time, seed, new SoleOwner(time));
  }

  /** As {@link #stepped(LinkSettings, LinkTime, long)}, with what the ownership claims. */
  public static LinkEngine stepped(
      LinkSettings settings, LinkTime time, long seed, Ownership ownership) {
    return new LinkEngine(new Link(settings, time), seed, ownership, false);
  }

  /** As {@link #stepped(LinkSettings, LinkTime, long)} and {@link #continuing}. */
  public static LinkEngine continuing(LinkSettings settings, UUID move, LinkTime time, long seed) {
    Link link = new Link(settings, time, Optional.of(move));
    return new LinkEngine(link, seed, new SoleOwner(time), false);
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
    verifying.ifPresent(agents::add);
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
    threads.start();
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

  /**
   * Drains and ends the link, within the close timeout and two seconds, even if calls hang. A
   * switchover that is under way is taken back first, which may take five seconds more.
   */
  public void close() {
    if (threads == null) {
      var unused = switchover.cancel().thenRun(this::closeNow); // in the steps to come
      return;
    }
    switchover.cancel(threads.isLinkThread() ? Duration.ZERO : TAKING_BACK);
    closeNow();
  }

  /** Drains and ends the link, and waits for that. */
  private void end() {
    closeNow();
    if (threads == null) {
      MovedHere.awaitSteppedEnd(link, control.ended());
    }
  }

  private void closeNow() {
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
      threads.interruptControl();
    }
    if (threads.isLinkThread()) {
      return; // the link ends when this call has returned
    }
    threads.end(draining);
  }

  /** Whether all resources are released. */
  public boolean isEnded() {
    return control.ended().isDone();
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
    if (link.state().shown() == LinkState.NEW) {
      return CompletableFuture.completedFuture(offlinePlan());
    }
    CompletableFuture<PlannedChanges> done = new CompletableFuture<>();
    whyNotAsk().ifPresentOrElse(done::completeExceptionally, () -> control.plan(done));
    return done;
  }

  private PlannedChanges offlinePlan() {
    try {
      return new OfflinePlan(link, control.admission()).run();
    } finally {
      LinkConnector.closeQuietly(link, link.settings().source());
      LinkConnector.closeQuietly(link, link.settings().sink());
    }
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

  /**
   * Replaces the positions of a group in the target by those of the source, also if others have
   * written them.
   *
   * @throws IllegalArgumentException if the link knows no such group
   */
  public CompletableFuture<Void> adoptGroup(String group) {
    if (isDisabled()) {
      return CompletableFuture.completedFuture(null);
    }
    Optional<IllegalStateException> notNow = whyNotAsk();
    if (notNow.isPresent()) {
      return CompletableFuture.failedFuture(notNow.get());
    }
    if (!link.groups().containsKey(group)) {
      throw new IllegalArgumentException(
          "link %s keeps no group named %s in step: see groups()".formatted(link.name(), group));
    }
    link.adopted().add(group);
    CompletableFuture<Void> synced = new CompletableFuture<>();
    control.syncNow(synced);
    return synced
        .whenComplete((done, error) -> link.adopted().remove(group))
        .thenRun(() -> requireAdopted(group));
  }

  private void requireAdopted(String group) {
    GroupView now = link.groups().get(group);
    if (now == null || !isWritten(now.state())) {
      throw new IllegalStateException(
          "group %s could not be adopted: %s"
              .formatted(
                  group,
                  now == null
                      ? "it has no positions in the source any more"
                      : "it is %s, %s".formatted(now.state(), now.snapshot().reason())));
    }
  }

  private static boolean isWritten(GroupState state) {
    return state.isSynced() || state == GroupState.PARTIAL;
  }

  /**
   * Ends the link and moves it to its target.
   *
   * @throws IllegalStateException if it is disabled, or is called by one of its threads
   */
  public FailoverReport failover(FailoverOptions options) {
    if (isDisabled()) {
      throw new IllegalStateException(
          "link %s is disabled: enable it to move it".formatted(link.name()));
    }
    if (threads != null && threads.isLinkThread()) {
      throw waitsForItself();
    }
    return failover.run(options);
  }

  /**
   * Moves the link to its target while its source answers.
   *
   * @throws IllegalStateException if it is disabled, has ended, or is called by one of its threads
   */
  public SwitchoverReport switchover(SwitchoverOptions options) {
    if (isDisabled()) {
      throw new IllegalStateException(
          "link %s is disabled: enable it to move it".formatted(link.name()));
    }
    if (threads == null ? !link.time().stepsWhileWaiting() : threads.isLinkThread()) {
      throw waitsForItself();
    }
    return switchover.run(options);
  }

  /** Changes what the running link does. */
  public LinkSteering steering() {
    return steering;
  }

  /** The link's move, as far as is known here. */
  public Optional<MoveSnapshot> move() {
    return link.move();
  }

  private IllegalStateException waitsForItself() {
    return new IllegalStateException(
        "a thread of link %s would wait for itself".formatted(link.name()));
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
        ? Optional.of(waitsForItself())
        : Optional.empty();
  }

  // Status.

  /** The topics that are paused by name. */
  public Set<String> pausedTopics() {
    return link.pausedTopics().names();
  }

  /** The selection of topics that has replaced that of the source; empty if none has. */
  public Optional<String> selectedTopics() {
    return link.selection().now().topics().map(Object::toString);
  }

  /** What the throttle does. */
  public ThrottleSnapshot throttle() {
    return link.throttle().snapshot();
  }

  /** How long it takes to catch up at the present rate; empty if it isn't known. */
  public Optional<Duration> timeToCatchUp() {
    return link.timeToCatchUp();
  }

  /** The memory that the offset maps take. */
  public long offsetMapBytes() {
    return link.claims().mapBytes();
  }

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
    List<DutySnapshot> duties = new ArrayList<>(control.duties());
    if (!duties.isEmpty()) {
      verifying.ifPresent(agent -> duties.add(agent.duty()));
    }
    return duties;
  }

  /** What the continuous verification has found; empty if the link is not verified so. */
  public Optional<VerifyStatus> verification() {
    return verifying.map(VerifyAgent::status);
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

  /**
   * What this instance has copied, as of each call.
   *
   * @throws IllegalStateException if the link isn't connected to both clusters, or is called by one
   *     of its own threads
   */
  public CopiedLink copied() {
    whyNotAsk()
        .ifPresent(
            why -> {
              throw why;
            });
    return copy.now();
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
}
