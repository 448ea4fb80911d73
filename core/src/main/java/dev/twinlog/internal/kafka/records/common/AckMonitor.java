package dev.twinlog.internal.kafka.records.common;

import dev.twinlog.internal.kafka.cluster.KafkaErrors;
import dev.twinlog.internal.kafka.cluster.LazyAdmin;
import dev.twinlog.internal.kafka.cluster.LeaderQueries;
import dev.twinlog.internal.kafka.cluster.PartitionOffsets;
import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.jspecify.annotations.Nullable;

/**
 * Queries the leaders of target partitions that acknowledge nothing, and reports the answers to the
 * engine. A producer does not report the errors it gets: it resends until its delivery timeout. The
 * admin client connects to the same addresses, and knows the leader and how many replicas are in
 * sync.
 *
 * <p>Nothing here waits for an answer. Thread-safe.
 */
public final class AckMonitor {
  private static final int WAIT_MS = 5_000;

  /** Shorter than the engine's timeout for a stall, so that the cause is known by then. */
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  private static final long REPEAT_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** Runs a task after a delay. */
  @FunctionalInterface
  interface Timer {
    void accept(long nanos, Runnable work);
  }

  private final LeaderQueries leaders;
  private final KafkaErrors errors;
  private final long patienceNanos;
  private final BiConsumer<Route, RetriableException> reporter;
  private final Timer timer;
  private final Map<Route, Waiting> waiting = new ConcurrentHashMap<>();

  /** A route with writes in flight. */
  private static final class Waiting {
    private int inFlight;
    private long since;
    private boolean scheduled;

    public synchronized void sent(long now) {
      if (inFlight++ == 0) {
        since = now;
      }
    }

    synchronized void answered(long now) {
      inFlight--;
      since = now;
    }

    synchronized boolean isLate(long now, long patienceNanos) {
      return inFlight > 0 && now - since > patienceNanos;
    }

    /** Whether a check is to be scheduled; one is scheduled at a time. */
    synchronized boolean takeSchedule() {
      boolean take = inFlight > 0 && !scheduled;
      scheduled |= take;
      return take;
    }

    /** Notes that the scheduled check has run, and returns the delay of the next one. */
    synchronized long checked(long now, long patienceNanos) {
      scheduled = false;
      return Math.max(patienceNanos - (now - since), 0);
    }
  }

  /** Returns a monitor of one lane, without routes. */
  public static AckMonitor of(LazyAdmin target, PluginContext context) {
    return new AckMonitor(
        new PartitionOffsets(target, IsolationLevel.READ_UNCOMMITTED),
        target.errors(),
        PATIENCE,
        context::retrying);
  }

  /**
   * Starts without routes.
   *
   * @param patience how long a route may go without an answer
   * @param reporter receives the state of the leader of a route's target, on any thread
   */
  AckMonitor(
      LeaderQueries leaders,
      KafkaErrors errors,
      Duration patience,
      BiConsumer<Route, RetriableException> reporter) {
    this(
        leaders,
        errors,
        patience,
        reporter,
        (nanos, work) ->
            CompletableFuture.delayedExecutor(nanos, TimeUnit.NANOSECONDS).execute(work));
  }

  AckMonitor(
      LeaderQueries leaders,
      KafkaErrors errors,
      Duration patience,
      BiConsumer<Route, RetriableException> reporter,
      Timer timer) {
    this.timer = timer;
    this.leaders = leaders;
    this.errors = errors;
    this.patienceNanos = patience.toNanos();
    this.reporter = reporter;
  }

  /** Notes that a write is in flight. */
  public void sent(Route route, CompletionStage<?> answer) {
    Waiting state = waiting.computeIfAbsent(route, r -> new Waiting());
    state.sent(System.nanoTime());
    schedule(route, state, patienceNanos);
    var unused = answer.whenComplete((ack, thrown) -> state.answered(System.nanoTime()));
  }

  private void schedule(Route route, Waiting state, long nanos) {
    if (state.takeSchedule()) {
      timer.accept(nanos, () -> check(route, state));
    }
  }

  private void check(Route route, Waiting state) {
    long now = System.nanoTime();
    if (state.isLate(now, patienceNanos)) {
      query(route, state); // the next check is scheduled after the answer
    } else {
      schedule(route, state, state.checked(now, patienceNanos));
    }
  }

  private void query(Route route, Waiting state) {
    try {
      var unused =
          leaders
              .describe(route.target().topic())
              .whenComplete((topic, thrown) -> described(route, state, topic, thrown));
    } catch (RuntimeException e) {
      report(route, state, "no broker returns the leader of " + route.target(), e);
    }
  }

  private void described(
      Route route, Waiting state, @Nullable TopicDescription topic, @Nullable Throwable thrown) {
    TopicPartitionInfo info = topic == null ? null : info(topic, route.target());
    Node leader = topic == null ? null : LeaderQueries.leader(topic, route.target()).orElse(null);
    if (info == null) {
      report(route, state, "no broker returns the leader of " + route.target(), thrown);
    } else if (leader == null) {
      report(route, state, LeaderQueries.noLeader(route.target()), null);
    } else {
      queryLeader(route, state, leader, info);
    }
  }

  private static @Nullable TopicPartitionInfo info(TopicDescription topic, TopicPartition target) {
    return topic.partitions().stream()
        .filter(each -> each.partition() == target.partition())
        .findFirst()
        .orElse(null);
  }

  private void queryLeader(Route route, Waiting state, Node leader, TopicPartitionInfo info) {
    TopicPartition target = route.target();
    try {
      KafkaFuture<Long> end = leaders.queryEnds(List.of(target), true, WAIT_MS).get(target);
      if (end == null) {
        report(route, state, LeaderQueries.inWords(leader, target, "was not queried"), null);
        return;
      }
      var unused =
          end.whenComplete(
              (offset, thrown) ->
                  report(
                      route,
                      state,
                      LeaderQueries.inWords(
                          leader, target, thrown == null ? answers(info) : "does not answer"),
                      thrown));
    } catch (RuntimeException e) {
      report(route, state, LeaderQueries.inWords(leader, target, "can't be queried"), e);
    }
  }

  /** Returns what is known of a leader that answers queries. */
  private static String answers(TopicPartitionInfo info) {
    int inSync = info.isr().size();
    int replicas = info.replicas().size();
    return inSync < replicas
        ? "answers, but only %d of %d replicas are in sync (NOT_ENOUGH_REPLICAS if its min.insync.replicas is more)"
            .formatted(inSync, replicas)
        : "answers queries, but acknowledges nothing (in sync: %d of %d replicas)"
            .formatted(inSync, replicas);
  }

  private void report(Route route, Waiting state, String what, @Nullable Throwable thrown) {
    long now = System.nanoTime();
    boolean late = state.isLate(now, patienceNanos);
    state.checked(now, patienceNanos);
    schedule(route, state, Math.min(patienceNanos, REPEAT_NANOS));
    if (!late) {
      return; // it was acknowledged meanwhile
    }
    String last = thrown == null ? "" : "; last: " + KafkaErrors.innermost(thrown);
    String text = "%s: %s%s".formatted(errors.alias(), what, last);
    reporter.accept(
        route,
        thrown == null ? new RetriableException(text) : new RetriableException(text, thrown));
  }
}
