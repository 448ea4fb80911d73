package dev.twinlog.internal.link;

import dev.twinlog.Divergence;
import dev.twinlog.FailoverOptions;
import dev.twinlog.FailoverReport;
import dev.twinlog.GroupStatus;
import dev.twinlog.GroupSync;
import dev.twinlog.LinkState;
import dev.twinlog.Offsets;
import dev.twinlog.PartitionStatus;
import dev.twinlog.Replicator;
import dev.twinlog.ReplicatorStatus;
import dev.twinlog.ReverseOptions;
import dev.twinlog.ReverseReport;
import dev.twinlog.SwitchoverOptions;
import dev.twinlog.SwitchoverReport;
import dev.twinlog.SyncChange;
import dev.twinlog.SyncPlan;
import dev.twinlog.Throttle;
import dev.twinlog.VerifyOptions;
import dev.twinlog.VerifyReport;
import dev.twinlog.internal.engine.LinkEngine;
import dev.twinlog.internal.engine.duty.PlannedChanges;
import dev.twinlog.internal.engine.shared.PartitionView;
import dev.twinlog.internal.options.LinkOptions;
import dev.twinlog.internal.options.LinkSettings;
import dev.twinlog.internal.status.LinkSnapshot;
import dev.twinlog.internal.verify.Verification;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.spi.ConfigurationException;
import dev.twinlog.spi.ReadableLogs;
import dev.twinlog.spi.ReplicationException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The replicator, which delegates to the engine. */
final class DefaultReplicator implements Replicator {
  private static final Logger LOG = LoggerFactory.getLogger(DefaultReplicator.class);
  private static final Duration LONGEST_WAIT = Duration.ofDays(365);

  private final LinkEngine engine;
  private final LinkPath path;
  private final StatusAccess statuses;

  DefaultReplicator(LinkEngine engine, StatusAccess statuses) {
    this.engine = engine;
    this.path = LinkPath.of(engine.settings());
    this.statuses = statuses;
  }

  @Override
  public void start() {
    if (engine.state() == LinkState.NEW) {
      path.reason()
          .ifPresent(
              why ->
                  LOG.warn("Link {} runs on the record path: {}", engine.settings().link(), why));
    }
    engine.start();
  }

  @Override
  public ReplicatorStatus status() {
    LinkSettings settings = engine.settings();
    LinkState state = engine.state();
    Map<TopicPartition, PartitionStatus> partitions = new LinkedHashMap<>();
    engine.partitions().forEach((source, view) -> partitions.put(source, status(view)));
    LinkSnapshot snapshot =
        new LinkSnapshot(
            settings.link(),
            settings.get(LinkOptions.CLOCK).instant(),
            engine.reason(),
            engine.since(),
            path.reason(),
            engine.notes(),
            engine.missingTopics(),
            engine.duties(),
            engine.unsavedSince(),
            engine.groupSync(),
            engine.groupsAsOf(),
            engine.lastError(),
            engine.move(),
            engine.throttle(),
            engine.pausedTopics(),
            engine.selectedTopics(),
            engine.timeToCatchUp(),
            engine.offsetMapBytes());
    return statuses
        .ofLink()
        .of(
            state,
            settings.guarantee(),
            path.path(),
            partitions,
            groups(),
            engine.verification(),
            snapshot);
  }

  @Override
  public Map<String, GroupStatus> groups() {
    Map<String, GroupStatus> groups = new LinkedHashMap<>();
    engine
        .groups()
        .forEach(
            (id, view) -> groups.put(id, statuses.ofGroup().of(view.state(), view.snapshot())));
    return Collections.unmodifiableMap(groups);
  }

  private PartitionStatus status(PartitionView view) {
    return statuses.ofPartition().of(view.state(), view.guarantee().guarantee(), view.snapshot());
  }

  @Override
  public boolean awaitCaughtUp(Duration timeout) throws InterruptedException {
    CompletableFuture<Void> caughtUp = engine.whenCaughtUp();
    Duration wait = timeout.compareTo(LONGEST_WAIT) < 0 ? timeout : LONGEST_WAIT;
    try {
      caughtUp.get(wait.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      throw rethrown(e);
    } finally {
      caughtUp.cancel(false);
    }
  }

  @Override
  public SyncPlan plan() {
    PlannedChanges planned = await(engine.plan());
    List<SyncChange> changes = new ArrayList<>();
    for (PlannedChanges.Change change : planned.changes()) {
      changes.add(
          statuses
              .ofChange()
              .of(change.kind(), change.resource(), change.before(), change.after()));
    }
    return statuses.ofPlan().of(engine.settings().link(), changes, planned.notes());
  }

  @Override
  public void syncNow() {
    await(engine.syncNow());
  }

  @Override
  public void adoptGroup(String group) {
    await(engine.adoptGroup(Objects.requireNonNull(group, "group")));
  }

  @Override
  public FailoverReport failover(FailoverOptions options) {
    return engine.failover(Objects.requireNonNull(options, "options"));
  }

  @Override
  public Divergence divergence() {
    return new LinkReversal(engine.settings()).divergence();
  }

  @Override
  public ReverseReport reversal(ReverseOptions options) {
    Objects.requireNonNull(options, "options");
    return new LinkReversal(engine.settings()).reversal(options);
  }

  @Override
  public Replicator.Builder reverse(ReverseOptions options) {
    Objects.requireNonNull(options, "options");
    return new LinkReversal(engine.settings()).reverse(options, statuses);
  }

  @Override
  public SwitchoverReport switchover(SwitchoverOptions options) {
    return engine.switchover(Objects.requireNonNull(options, "options"));
  }

  @Override
  public VerifyReport verify(VerifyOptions options) {
    Objects.requireNonNull(options, "options");
    LinkSettings settings = engine.settings();
    List<String> unreadable = new ArrayList<>();
    Optional<ReadableLogs> source = logs(settings.source(), "source", unreadable);
    Optional<ReadableLogs> sink = logs(settings.sink(), "sink", unreadable);
    if (source.isEmpty() || sink.isEmpty()) {
      throw new ConfigurationException("the verification of link " + settings.link(), unreadable);
    }
    return new Verification(source.get(), sink.get(), engine::copied, options).run();
  }

  private static Optional<ReadableLogs> logs(Object part, String role, List<String> unreadable) {
    if (part instanceof ReadableLogs logs) {
      return Optional.of(logs);
    }
    unreadable.add(
        "the %s can't be read back: %s does not implement ReadableLogs"
            .formatted(role, part.getClass().getName()));
    return Optional.empty();
  }

  /** Waits without a limit: every call to a cluster has its own. */
  private static <T> T await(CompletableFuture<T> answer) {
    try {
      return answer.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ReplicationException("interrupted while waiting for an answer", e);
    } catch (ExecutionException e) {
      throw rethrown(e);
    }
  }

  private static RuntimeException rethrown(ExecutionException e) {
    if (e.getCause() instanceof IllegalStateException closed) {
      return new IllegalStateException(closed.getMessage(), closed);
    }
    return e.getCause() instanceof ReplicationException cause
        ? cause
        : new ReplicationException("waiting failed: " + e.getCause(), e.getCause());
  }

  @Override
  public void pause() {
    engine.steering().pause();
  }

  @Override
  public void resume() {
    engine.steering().resume();
  }

  @Override
  public void pause(Collection<TopicPartition> source) {
    engine.steering().pause(source);
  }

  @Override
  public void resume(Collection<TopicPartition> source) {
    engine.steering().resume(source);
  }

  @Override
  public void pauseTopics(Collection<String> topics) {
    engine.steering().pauseTopics(topics);
  }

  @Override
  public void resumeTopics(Collection<String> topics) {
    engine.steering().resumeTopics(topics);
  }

  @Override
  public void acceptLoss(Collection<TopicPartition> source) {
    engine.steering().acceptLoss(source);
  }

  @Override
  public void skip(TopicPartition source, long offset) {
    engine.steering().skip(Objects.requireNonNull(source, "source"), offset);
  }

  @Override
  public void throttle(Throttle throttle) {
    engine.steering().throttle(Objects.requireNonNull(throttle, "throttle"));
  }

  @Override
  public void lanes(int lanes) {
    engine.steering().lanes(lanes);
  }

  @Override
  public void topics(TopicSelector topics) {
    engine
        .steering()
        .topics(
            Objects.requireNonNull(topics, "topics"), listener -> listener.topicsSelected(topics));
  }

  @Override
  public void groupSync(GroupSync sync) {
    engine.steering().groupSync(Objects.requireNonNull(sync, "sync"));
  }

  @Override
  public Offsets offsets() {
    return engine.offsets();
  }

  @Override
  public void close() {
    engine.close();
  }

  @Override
  public String toString() {
    return "replicator of link " + engine.settings().link() + ", " + engine.state();
  }
}
