package dev.twinlog.internal.kafka.records;

import dev.twinlog.internal.kafka.cluster.KafkaErrors;
import dev.twinlog.internal.kafka.cluster.LeaderQuestions;
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
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.jspecify.annotations.Nullable;

/**
 * Asks the leaders of target partitions that acknowledge nothing, and tells the engine what they
 * answer. A producer does not say what it is answered: it sends again until its time is over. The
 * admin client connects to the same addresses, and knows the leader and how many replicas are in
 * sync.
 *
 * <p>Nothing here waits for an answer. Thread-safe.
 */
final class AckQuestions {
  private static final int WAIT_MS = 5_000;
  private static final long AGAIN_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** Runs something later. */
  @FunctionalInterface
  interface Timer {
    void accept(long nanos, Runnable work);
  }

  private final LeaderQuestions leaders;
  private final KafkaErrors errors;
  private final long patienceNanos;
  private final BiConsumer<Route, RetriableException> told;
  private final Timer timer;
  private final Map<Route, Waiting> waiting = new ConcurrentHashMap<>();

  /** A route of which something is under way. */
  private static final class Waiting {
    private int underWay;
    private long since;
    private boolean scheduled;

    synchronized void sent(long now) {
      if (underWay++ == 0) {
        since = now;
      }
    }

    synchronized void answered(long now) {
      underWay--;
      since = now;
    }

    synchronized boolean isLate(long now, long patienceNanos) {
      return underWay > 0 && now - since > patienceNanos;
    }

    /** Whether a check is to be scheduled: there is one at a time. */
    synchronized boolean takeSchedule() {
      boolean take = underWay > 0 && !scheduled;
      scheduled |= take;
      return take;
    }

    /** How long the next check has to wait; the one that was scheduled is over. */
    synchronized long checked(long now, long patienceNanos) {
      scheduled = false;
      return Math.max(patienceNanos - (now - since), 0);
    }
  }

  /**
   * Asks nothing yet.
   *
   * @param patience how long a route may go without an answer
   * @param told takes what the leader of a route's target says, on any thread
   */
  AckQuestions(
      LeaderQuestions leaders,
      KafkaErrors errors,
      Duration patience,
      BiConsumer<Route, RetriableException> told) {
    this(
        leaders,
        errors,
        patience,
        told,
        (nanos, work) ->
            CompletableFuture.delayedExecutor(nanos, TimeUnit.NANOSECONDS).execute(work));
  }

  AckQuestions(
      LeaderQuestions leaders,
      KafkaErrors errors,
      Duration patience,
      BiConsumer<Route, RetriableException> told,
      Timer timer) {
    this.timer = timer;
    this.leaders = leaders;
    this.errors = errors;
    this.patienceNanos = patience.toNanos();
    this.told = told;
  }

  /** Something was handed over that is to be acknowledged. */
  void sent(Route route, CompletionStage<?> answer) {
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
      ask(route, state); // the next check is scheduled when it is answered
    } else {
      schedule(route, state, state.checked(now, patienceNanos));
    }
  }

  private void ask(Route route, Waiting state) {
    try {
      var unused =
          leaders
              .describe(route.target().topic())
              .whenComplete((topic, thrown) -> described(route, state, topic, thrown));
    } catch (RuntimeException e) {
      tell(route, state, "no broker tells who leads " + route.target(), e);
    }
  }

  private void described(
      Route route, Waiting state, @Nullable TopicDescription topic, @Nullable Throwable thrown) {
    TopicPartitionInfo info = topic == null ? null : info(topic, route.target());
    Node leader = topic == null ? null : LeaderQuestions.leader(topic, route.target()).orElse(null);
    if (info == null) {
      tell(route, state, "no broker tells who leads " + route.target(), thrown);
    } else if (leader == null) {
      tell(route, state, LeaderQuestions.noLeader(route.target()), null);
    } else {
      askLeader(route, state, leader, info);
    }
  }

  private static @Nullable TopicPartitionInfo info(TopicDescription topic, TopicPartition target) {
    return topic.partitions().stream()
        .filter(each -> each.partition() == target.partition())
        .findFirst()
        .orElse(null);
  }

  private void askLeader(Route route, Waiting state, Node leader, TopicPartitionInfo info) {
    TopicPartition target = route.target();
    try {
      KafkaFuture<Long> end = leaders.askEnds(List.of(target), true, WAIT_MS).get(target);
      if (end == null) {
        tell(route, state, LeaderQuestions.inWords(leader, target, "was not asked"), null);
        return;
      }
      var unused =
          end.whenComplete(
              (offset, thrown) ->
                  tell(
                      route,
                      state,
                      LeaderQuestions.inWords(
                          leader, target, thrown == null ? answers(info) : "does not answer"),
                      thrown));
    } catch (RuntimeException e) {
      tell(route, state, LeaderQuestions.inWords(leader, target, "can't be asked"), e);
    }
  }

  /** What is known of a leader that answers questions. */
  private static String answers(TopicPartitionInfo info) {
    int inSync = info.isr().size();
    int replicas = info.replicas().size();
    return inSync < replicas
        ? "answers, but only %d of %d replicas are in sync (NOT_ENOUGH_REPLICAS if its min.insync.replicas is more)"
            .formatted(inSync, replicas)
        : "answers questions, but acknowledges nothing (in sync: %d of %d replicas)"
            .formatted(inSync, replicas);
  }

  private void tell(Route route, Waiting state, String what, @Nullable Throwable thrown) {
    long now = System.nanoTime();
    boolean late = state.isLate(now, patienceNanos);
    state.checked(now, patienceNanos);
    schedule(route, state, Math.min(patienceNanos, AGAIN_NANOS));
    if (!late) {
      return; // it was acknowledged meanwhile
    }
    String last = thrown == null ? "" : "; last: " + KafkaErrors.innermost(thrown);
    String text = "%s: %s%s".formatted(errors.alias(), what, last);
    told.accept(
        route,
        thrown == null ? new RetriableException(text) : new RetriableException(text, thrown));
  }
}
