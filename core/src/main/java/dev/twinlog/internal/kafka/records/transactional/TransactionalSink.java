package dev.twinlog.internal.kafka.records.transactional;

import dev.twinlog.internal.kafka.cluster.LazyAdmin;
import dev.twinlog.internal.kafka.cluster.PartitionOffsets;
import dev.twinlog.internal.kafka.cluster.RecordCheck;
import dev.twinlog.internal.kafka.cluster.SinkPath;
import dev.twinlog.internal.kafka.cluster.TargetTopics;
import dev.twinlog.internal.kafka.records.common.AckMonitor;
import dev.twinlog.internal.kafka.records.common.HeaderKeyCheck;
import dev.twinlog.internal.kafka.records.common.ProducerFactory;
import dev.twinlog.internal.kafka.state.PositionTopic;
import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.Recovery;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteGuarantees.Guarantee;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.SinkWriter;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.IsolationLevel;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Access to a target cluster for a link that delivers exactly once: opens transactional writers,
 * and recovers routes.
 *
 * <p>Confined to the link's control thread; recovery has its own thread.
 */
public final class TransactionalSink implements SinkPath {
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(3);

  /** How often the topic of positions is checked, if it is due. */
  private static final long LOOK_SECONDS = 1;

  private static final Logger LOG = LoggerFactory.getLogger(TransactionalSink.class);

  private final LazyAdmin target;
  private final TargetTopics topics;
  private final RouteSessions sessions = new RouteSessions();
  private final Map<Integer, TransactionalWriter> writers = new ConcurrentHashMap<>();
  private final Map<Route, Guarantee> guarantees = new ConcurrentHashMap<>();
  private volatile @Nullable PositionTopic positions;
  private @Nullable RecordRecovery recovery;
  private @Nullable ExecutorService thread;

  /** Connects to nothing until a writer is opened. */
  public TransactionalSink(LazyAdmin target, TargetTopics topics) {
    this.target = target;
    this.topics = topics;
  }

  @Override
  public SinkWriter openWriter(PluginContext context) {
    PositionTopic shared = beginRecovery(context);
    LoopContext parts =
        new LoopContext(
            context,
            topics,
            new RecordCheck(
                target.errors().alias(), ProducerFactory.maxRequestBytes(target.settings())),
            target.errors(),
            new TransactionalProducers(target.settings(), context),
            shared,
            sessions,
            tailWatch(),
            new HeaderKeyCheck(context));
    TransactionalWriter writer =
        new TransactionalWriter(
            parts,
            AckMonitor.of(target, context),
            closing -> writers.remove(context.lane(), closing));
    writers.put(context.lane(), writer);
    return writer;
  }

  private TailWatch tailWatch() {
    PartitionOffsets offsets = new PartitionOffsets(target, IsolationLevel.READ_UNCOMMITTED);
    return new TailWatch(
        sessions,
        offsets::ends,
        new TailReader(target)::look,
        topic -> topics.limits(topic).compacted(),
        target.errors().alias());
  }

  private PositionTopic beginRecovery(PluginContext context) {
    PositionTopic shared = positions;
    if (shared == null) {
      shared = new PositionTopic(target, context.link());
      positions = shared;
      recovery =
          new RecordRecovery(target, topics, context.link(), shared, sessions, writers, guarantees);
      ScheduledExecutorService worker =
          Executors.newSingleThreadScheduledExecutor(context.threads("recovery"));
      PositionTopic watched = shared;
      var unused =
          worker.scheduleWithFixedDelay(
              () -> look(watched), LOOK_SECONDS, LOOK_SECONDS, TimeUnit.SECONDS);
      thread = worker;
    }
    return shared;
  }

  /** Throws nothing, since the executor would never call it again. */
  private static void look(PositionTopic positions) {
    try {
      positions.look();
    } catch (RuntimeException e) {
      LOG.debug("topic {} can't be checked now", positions.name(), e);
    }
  }

  @Override
  public CompletionStage<Map<Route, Recovery>> recover(
      Map<Route, Optional<RouteProgress>> routes, Set<Route> clean) {
    RecordRecovery current = recovery;
    ExecutorService worker = thread;
    if (current == null || worker == null) {
      return CompletableFuture.failedFuture(
          new RetriableException("no writer is open that delivers exactly once"));
    }
    CompletableFuture<Map<Route, Recovery>> answer = new CompletableFuture<>();
    worker.execute(
        () -> {
          try {
            Map<Route, Recovery> found = current.recover(routes, clean);
            target.errors().writable();
            answer.complete(found);
          } catch (ReplicationException e) {
            answer.completeExceptionally(e);
          } catch (Throwable e) { // without an answer the partitions would wait indefinitely
            answer.completeExceptionally(target.errors().link("recover", e));
          }
        });
    return answer;
  }

  @Override
  public Map<Route, Guarantee> guarantees() {
    return Map.copyOf(guarantees);
  }

  @Override
  public Map<String, List<String>> notes() {
    PositionTopic shared = positions;
    return shared == null ? Map.of() : shared.notes();
  }

  @Override
  public void close() {
    ExecutorService worker = thread;
    thread = null;
    recovery = null;
    positions = null;
    sessions.clear();
    guarantees.clear();
    if (worker != null) {
      worker.shutdownNow();
      try {
        if (!worker.awaitTermination(CLOSE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
          LOG.debug("the recovery ends when its connection is closed");
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
