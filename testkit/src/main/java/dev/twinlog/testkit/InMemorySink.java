package dev.twinlog.testkit;

import dev.twinlog.spi.CleanCloseSink;
import dev.twinlog.spi.ConfigSink;
import dev.twinlog.spi.DeadLetterSink;
import dev.twinlog.spi.LinkDescription;
import dev.twinlog.spi.LinkedCluster;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.ProgressStore;
import dev.twinlog.spi.RecordRefusedException;
import dev.twinlog.spi.Recovery;
import dev.twinlog.spi.RemovalSink;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.Sink;
import dev.twinlog.spi.SinkWriter;
import dev.twinlog.spi.StatefulSink;
import dev.twinlog.spi.TopicConfigs;
import dev.twinlog.spi.TopicCreation;
import dev.twinlog.spi.TopicDescription;
import dev.twinlog.spi.TopicSink;
import dev.twinlog.testkit.internal.memory.ClusterState;
import dev.twinlog.testkit.internal.memory.DrivenInMemoryWriter;
import dev.twinlog.testkit.internal.memory.InMemoryLog;
import dev.twinlog.testkit.internal.memory.InMemoryRecovery;
import dev.twinlog.testkit.internal.memory.InMemoryWriter;
import dev.twinlog.testkit.internal.memory.SinkState;
import dev.twinlog.testkit.memory.InMemoryProgress;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * A sink that writes into an {@link InMemoryCluster}: recoverable, with manual acknowledgements and
 * faults on demand. Each instance of a link needs a sink of its own; after a recovery by one of
 * them, the others can't write the recovered routes any more.
 *
 * <p>Its writers insist on {@link SinkWriter#open} before the first write of a route.
 *
 * <p>Thread-safe. Errors, lifecycle and blocking as the interfaces say.
 */
public final class InMemorySink
    implements CleanCloseSink,
        TopicSink,
        ConfigSink,
        RemovalSink,
        DeadLetterSink,
        StatefulSink,
        LinkedCluster {

  /** When writes are appended and acknowledged. */
  public enum AckMode {
    /** At once, before {@code write} returns. The default. */
    AT_ONCE,
    /** When the writer is flushed: see {@link dev.twinlog.spi.BufferingSinkWriter}. */
    ON_FLUSH,
    /** Not before {@link #landNext}, {@link #ackNext} or {@link #ackAll} is called. */
    MANUAL
  }

  private final InMemoryCluster cluster;
  private final boolean driven;
  private final ClusterState state;
  private final SinkState shared = new SinkState();
  private final InMemoryRecovery recovery;
  private final List<PluginContext> contexts = new CopyOnWriteArrayList<>();

  // Guarded by the cluster's lock.
  private final Map<String, ReplicationException> refusedTopics = new HashMap<>();
  private final Map<String, ReplicationException> refusedConfigs = new HashMap<>();
  private final Map<String, TopicDescription> onSourceTopics = new HashMap<>();
  private final Map<Route, ReplicationException> unknown = new HashMap<>();
  private @Nullable ReplicationException nextRecoverFault;
  private int configCalls;

  private InMemorySink(InMemoryCluster cluster, boolean driven, boolean bySourceOffset) {
    this.cluster = Objects.requireNonNull(cluster, "cluster");
    this.state = cluster.state();
    this.driven = driven;
    this.recovery = new InMemoryRecovery(state, bySourceOffset);
  }

  /** A sink that writes into a cluster. */
  public static InMemorySink to(InMemoryCluster cluster) {
    return new InMemorySink(cluster, false, true);
  }

  /** As {@link #to}, but its writers are {@link dev.twinlog.spi.DrivenSinkWriter}s. */
  public static InMemorySink drivenTo(InMemoryCluster cluster) {
    return new InMemorySink(cluster, true, true);
  }

  /**
   * Another sink of this kind, whose target keeps no source offsets: as a Kafka log, it recovers by
   * {@link Recovery.SkipMatching} and checks the counts of the link. Without this it recovers by
   * {@link Recovery.SkipRecords}.
   */
  public InMemorySink keepsNoSourceOffsets() {
    return new InMemorySink(cluster, driven, false);
  }

  /** A view of this sink without optional abilities. */
  public Sink writeOnly() {
    return context -> openWriter(false);
  }

  @Override
  public SinkWriter openWriter(PluginContext context) {
    contexts.add(context);
    return openWriter(true);
  }

  private SinkWriter openWriter(boolean fenced) {
    return whileAvailable(
        () -> {
          InMemoryWriter writer = new InMemoryWriter(shared, state, fenced);
          shared.writers().add(writer);
          return driven ? new DrivenInMemoryWriter(writer) : writer;
        });
  }

  // Recovery and state.

  /** Checks that nothing beyond the progress exists of routes that are reported as clean. */
  @Override
  public CompletionStage<Map<Route, Recovery>> recover(
      Map<Route, Optional<RouteProgress>> routes, Set<Route> clean) {
    try {
      return CompletableFuture.completedFuture(
          whileAvailable(
              () -> {
                ReplicationException fault = nextRecoverFault;
                nextRecoverFault = null;
                if (fault != null) {
                  throw fault;
                }
                routes.keySet().forEach(route -> state.owners().put(route, shared));
                Map<Route, Recovery> answers = new HashMap<>();
                routes.forEach(
                    (route, known) ->
                        answers.put(route, recovery(route, known, clean.contains(route))));
                return answers;
              }));
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private Recovery recovery(Route route, Optional<RouteProgress> known, boolean clean) {
    ReplicationException cause = unknown.remove(route);
    return cause == null ? recovery.of(route, known, clean) : new Recovery.Unknown(cause);
  }

  @Override
  public ProgressStore openProgressStore(PluginContext context) {
    return whileAvailable(() -> state.progress(context.link()).openStore());
  }

  @Override
  public String clusterId() {
    return whileAvailable(cluster::id);
  }

  @Override
  public List<LinkDescription> linksInto() {
    return whileAvailable(
        () ->
            state.allProgress().stream()
                .map(InMemoryProgress::description)
                .flatMap(Optional::stream)
                .toList());
  }

  // Topics.

  @Override
  public Map<String, TopicDescription> describeTopics(Collection<String> topics) {
    return whileAvailable(() -> cluster.describe(topics));
  }

  @Override
  public Map<String, TopicCreation> createTopics(Collection<TopicDescription> wanted) {
    return changeWhileAvailable(() -> state.topics().createAll(wanted, refusedTopics));
  }

  @Override
  public Map<String, Optional<ReplicationException>> growTopics(Map<String, Integer> partitions) {
    return changeWhileAvailable(() -> state.topics().growAll(partitions, refusedTopics));
  }

  @Override
  public void onSourceTopics(Map<String, TopicDescription> sourceByTarget) {
    whileAvailable(
        () -> {
          onSourceTopics.putAll(sourceByTarget);
          return true;
        });
  }

  @Override
  public Map<String, TopicConfigs> describeConfigs(Collection<String> topics) {
    return whileAvailable(
        () -> {
          configCalls++;
          return state.topics().describeConfigs(topics);
        });
  }

  @Override
  public Map<String, Optional<ReplicationException>> alterConfigs(
      Map<String, Map<String, Optional<String>>> changes, boolean validateOnly) {
    return changeWhileAvailable(
        () -> {
          configCalls++;
          return state.topics().alterAll(changes, validateOnly, refusedConfigs);
        });
  }

  @Override
  public Map<String, Integer> replicationFactors(Collection<String> topics) {
    return whileAvailable(
        () -> {
          configCalls++;
          Map<String, Integer> factors = new HashMap<>();
          cluster
              .describe(topics)
              .forEach((topic, found) -> factors.put(topic, found.replicationFactor()));
          return factors;
        });
  }

  @Override
  public Map<String, Optional<ReplicationException>> deleteTopics(Map<String, Uuid> topics) {
    return changeWhileAvailable(
        () -> {
          Map<String, Optional<ReplicationException>> answers = new HashMap<>();
          topics.forEach(
              (topic, id) -> {
                Optional<ReplicationException> cause =
                    Optional.ofNullable(refusedTopics.get(topic));
                if (cause.isEmpty()) {
                  state.topics().delete(topic, id);
                }
                answers.put(topic, cause);
              });
          return answers;
        });
  }

  @Override
  public Map<TopicPartition, Long> logStarts(Collection<TopicPartition> partitions) {
    return startOffsets(partitions);
  }

  @Override
  public Map<TopicPartition, Optional<ReplicationException>> deleteRecords(
      Map<TopicPartition, Long> before) {
    return changeWhileAvailable(
        () -> {
          Map<TopicPartition, Optional<ReplicationException>> answers = new HashMap<>();
          before.forEach(
              (partition, offset) -> {
                state.topics().log(partition).truncateBefore(offset);
                answers.put(partition, Optional.empty());
              });
          return answers;
        });
  }

  /** Writes into the first partition of the topic. */
  @Override
  public Optional<ReplicationException> writeDeadLetter(String topic, ReplicationRecord record) {
    return changeWhileAvailable(
        () -> {
          InMemoryLog log = state.findLog(new TopicPartition(topic, 0));
          Optional<ReplicationException> refusal = Optional.ofNullable(refusedTopics.get(topic));
          if (log == null) {
            return Optional.of(
                new PartitionFailedException("topic %s does not exist".formatted(topic)));
          }
          if (refusal.isPresent()) {
            return refusal;
          }
          cluster.append(new TopicPartition(topic, 0), record);
          return Optional.empty();
        });
  }

  /** How often its {@link ConfigSink} was called. */
  public int configCalls() {
    return state.read(() -> configCalls);
  }

  /** All topics that {@link #onSourceTopics(Map)} was called with. */
  public Map<String, TopicDescription> onSourceTopics() {
    return state.read(() -> Map.copyOf(onSourceTopics));
  }

  @Override
  public Map<TopicPartition, Long> startOffsets(Collection<TopicPartition> partitions) {
    return offsets(partitions, InMemoryLog::start);
  }

  @Override
  public Map<TopicPartition, Long> endOffsets(Collection<TopicPartition> partitions) {
    return offsets(partitions, InMemoryLog::end);
  }

  private Map<TopicPartition, Long> offsets(
      Collection<TopicPartition> partitions, ToLongFunction<InMemoryLog> which) {
    return whileAvailable(
        () -> {
          Map<TopicPartition, Long> offsets = new HashMap<>();
          for (TopicPartition partition : partitions) {
            InMemoryLog log = state.findLog(partition);
            if (log != null) {
              offsets.put(partition, which.applyAsLong(log));
            }
          }
          return offsets;
        });
  }

  // Manual acknowledgements.

  /**
   * Sets when later writes are appended and acknowledged. Writes in flight wait for {@link
   * #ackNext} or for the next write of their route that is appended.
   */
  public void ackMode(AckMode mode) {
    state.change(() -> shared.acknowledging(acknowledging(mode)));
  }

  /**
   * Delays the acknowledgement of writes that are appended at once or on a flush, in real time.
   * Default zero.
   */
  public void ackDelay(Duration delay) {
    state.change(() -> shared.ackDelay(delay));
  }

  /**
   * Appends the first pending write of a route without acknowledging it, as before a crash of the
   * link.
   *
   * @return false if there is none
   */
  public boolean landNext(Route route) {
    return shared.writers().stream().anyMatch(writer -> writer.landNext(route));
  }

  /**
   * Appends the first write of a route, if it is not appended yet, and acknowledges it.
   *
   * @return false if there is none
   */
  public boolean ackNext(Route route) {
    return shared.writers().stream().anyMatch(writer -> writer.ackNext(route));
  }

  /** Appends and acknowledges all writes in flight. */
  public void ackAll() {
    shared.writers().forEach(InMemoryWriter::ackAll);
  }

  /** How many writes have not been acknowledged. */
  public int pendingWrites() {
    return shared.writers().stream().mapToInt(InMemoryWriter::pending).sum();
  }

  // Faults.

  /**
   * Makes the sink report that it is retrying a route, and the last error that it got, as a writer
   * does.
   */
  public void tellRetrying(Route route, RetriableException lastAnswer) {
    contexts.forEach(context -> context.retrying(route, lastAnswer));
  }

  /** Fails the n-th write of a route from now on, 1 for the next, without appending it. */
  public void failWrite(Route route, int nth, ReplicationException cause) {
    state.change(() -> shared.faults().fail(route, nth, cause));
  }

  /** Fails the n-th write of a route from now on after appending it. */
  public void loseAck(Route route, int nth, ReplicationException cause) {
    state.change(() -> shared.faults().loseAck(route, nth, cause));
  }

  /**
   * Appends only the first records of the n-th write of a route from now on, and fails it by a
   * {@link dev.twinlog.spi.PartialWriteException} for this reason. A write of no more than so many
   * records is appended except for its last record.
   */
  public void failPartly(Route route, int nth, int records, ReplicationException reason) {
    state.change(() -> shared.faults().failPartly(route, nth, records, reason));
  }

  /**
   * Fails every batch with such a record by a {@link RecordRefusedException}, as a target does with
   * a record that is too large. Replaces the former predicate; {@code record -> false} ends it.
   */
  public void rejectRecords(Predicate<ReplicationRecord> rejected) {
    state.change(() -> shared.faults().reject(rejected));
  }

  /**
   * Fails the creation, growth or deletion of a topic with this, and dead letters into it; {@code
   * null} ends it.
   */
  public void refuseTopic(String topic, @Nullable ReplicationException cause) {
    state.change(
        () -> {
          if (cause == null) {
            refusedTopics.remove(topic);
          } else {
            refusedTopics.put(topic, cause);
          }
        });
  }

  /** Refuses every change of a config with this; {@code null} ends it. */
  public void refuseConfig(String config, @Nullable ReplicationException cause) {
    state.change(
        () -> {
          if (cause == null) {
            refusedConfigs.remove(config);
          } else {
            refusedConfigs.put(config, cause);
          }
        });
  }

  /** Fails the next recovery with this, once. */
  public void failNextRecover(ReplicationException cause) {
    state.change(() -> nextRecoverFault = cause);
  }

  /** Lets the next recovery return no result for this route, with this cause, once. */
  public void failNextRecover(Route route, ReplicationException cause) {
    state.change(() -> unknown.put(route, cause));
  }

  private static SinkState.Acknowledging acknowledging(AckMode mode) {
    return switch (mode) {
      case AT_ONCE -> SinkState.Acknowledging.AT_ONCE;
      case ON_FLUSH -> SinkState.Acknowledging.ON_FLUSH;
      case MANUAL -> SinkState.Acknowledging.BY_HAND;
    };
  }

  private <T> T changeWhileAvailable(Supplier<T> action) {
    return whileAvailable(
        () -> {
          T answer = action.get();
          state.changed().signalAll();
          return answer;
        });
  }

  private <T> T whileAvailable(Supplier<T> action) {
    return state.read(
        () -> {
          state.checkAvailable();
          return action.get();
        });
  }

  @Override
  public String toString() {
    return "sink into " + cluster;
  }
}
