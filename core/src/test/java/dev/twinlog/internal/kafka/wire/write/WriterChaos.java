package dev.twinlog.internal.kafka.wire.write;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.internal.kafka.wire.net.Broker;
import dev.twinlog.internal.kafka.wire.net.Request;
import dev.twinlog.spi.OffsetRun;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.WriteAck;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongFunction;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * Random faults on three routes, by a seed: errors, lost answers, moving leaders, brokers that
 * crash, or handle late what a closed connection has brought.
 */
abstract class WriterChaos {
  private static final int ROUTES = 3;
  private static final List<Errors> ERRORS =
      List.of(
          Errors.NOT_LEADER_OR_FOLLOWER,
          Errors.NOT_ENOUGH_REPLICAS,
          Errors.REQUEST_TIMED_OUT,
          Errors.KAFKA_STORAGE_ERROR,
          Errors.UNKNOWN_TOPIC_OR_PARTITION,
          Errors.CORRUPT_MESSAGE);

  record Written(CompletableFuture<WriteAck> stage, long from, long to) {}

  /** A request whose connection is gone. */
  record LateRequest(Broker broker, Request request, long sinceNanos) {}

  final Random random;
  final WriterRig rig;
  final Map<Route, FakePartition> routes = new LinkedHashMap<>();
  final Map<Route, Long> next = new LinkedHashMap<>();
  final Map<Route, List<Written>> written = new LinkedHashMap<>();
  final List<LateRequest> lateRequests = new ArrayList<>();
  private @Nullable Broker dead;

  WriterChaos(long seed, WriterRig rig) {
    this.random = new Random(seed);
    this.rig = rig;
  }

  /** Runs the steps of each seed, and then the checks. */
  static void run(int seeds, int steps, LongFunction<WriterChaos> made) {
    for (long seed = 0; seed < seeds; seed++) {
      try {
        made.apply(seed).run(steps);
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("seed " + seed, e);
      }
    }
  }

  final void run(int steps) {
    for (int i = 0; i < ROUTES; i++) {
      Route route = WriterRig.route(i, i);
      next.put(route, 0L);
      written.put(route, new ArrayList<>());
      routes.put(route, open(route));
    }
    for (int i = 0; i < steps; i++) {
      step();
      afterStep();
    }
    rig.target.noticeTheDead();
    settle();
    routes.forEach(this::check);
  }

  abstract FakePartition open(Route route);

  /** A fault that only these routes have; called now and then. */
  abstract void special(Route route);

  void afterStep() {}

  /** Returns the timestamp of the records of a write. */
  abstract long timestamp(long from);

  abstract void check(Route route, FakePartition partition);

  void settle() {
    rig.settle();
  }

  final <T> T any(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }

  private void step() {
    Broker broker = any(List.of(FakeTarget.FIRST, FakeTarget.SECOND));
    boolean asked = !rig.target.requests(broker).isEmpty();
    int dice = random.nextInt(100);
    if (dice < 35) {
      write(any(List.copyOf(routes.keySet())));
    } else if (dice < 60) {
      rig.writer.poll(Duration.ofMillis(random.nextInt(3)));
    } else if (dice < 80 && asked) {
      rig.target.answer(broker);
    } else if (dice < 86 && asked) {
      Errors error = any(ERRORS);
      rig.target.answer(broker, p -> random.nextBoolean() ? error : Errors.NONE);
    } else if (dice < 89 && asked) {
      rig.target.appendAndAnswer(
          broker,
          any(List.of(Errors.NOT_ENOUGH_REPLICAS_AFTER_APPEND, Errors.NOT_LEADER_OR_FOLLOWER)));
    } else if (dice < 92 && asked) {
      cut(broker);
    } else if (dice < 95 && !lateRequests.isEmpty()) {
      LateRequest late = lateRequests.remove(0);
      rig.target.straggle(late.broker(), late.request());
    } else if (dice < 96) {
      dieOrReturn(broker);
    } else if (dice < 97) {
      TopicPartition moved = any(List.copyOf(routes.keySet())).target();
      rig.target.lead(moved, broker);
    } else if (dice < 98) {
      special(any(List.copyOf(routes.keySet())));
    } else {
      rig.target.pass(random.nextInt(400) * 1_000_000L);
    }
  }

  /** The broker may still handle what the connection has brought. */
  final void cut(Broker broker) {
    int done = random.nextInt(4);
    List<Request> lost = rig.target.cut(broker, done);
    for (int i = done; i < lost.size(); i++) {
      lateRequests.add(new LateRequest(broker, lost.get(i), rig.target.now()));
    }
  }

  /** Stops or restarts a broker, at most one at a time; the cluster may not notice the restart. */
  private void dieOrReturn(Broker broker) {
    if (dead == null) {
      rig.target.kill(broker);
      dead = broker;
    } else if (random.nextBoolean()) {
      rig.target.noticeTheDead();
    } else {
      rig.target.revive(dead);
      dead = null;
    }
  }

  private void write(Route route) {
    long from = next.get(route);
    long to = from + 1 + random.nextInt(30);
    long timestamp = timestamp(from);
    CompletableFuture<WriteAck> stage =
        random.nextInt(4) == 0
            ? rig.write(route, WriterRig.decoded(route, from, to, timestamp))
            : rig.lent(route, from, to, timestamp);
    written.get(route).add(new Written(stage, from, to));
    next.put(route, to);
  }

  /** Abandons a route as the engine does, and waits for the stages. */
  final void giveUp(Route route) {
    rig.writer.abandon(route);
    List<Written> all = written.get(route);
    for (int i = 0; i < 50 && !all.stream().allMatch(w -> w.stage.isDone()); i++) {
      rig.writer.poll(Duration.ofMillis(100));
      rig.target.pass(100_000_000L);
    }
    assertThat(all).allMatch(w -> w.stage.isDone());
  }

  /** Returns the writes before the first one that failed. */
  final List<Written> appended(Route route) {
    List<Written> all = written.get(route);
    int good = 0;
    while (good < all.size() && !all.get(good).stage.isCompletedExceptionally()) {
      good++;
    }
    return all.subList(0, good);
  }

  /** Checks that acknowledged records are at their acknowledged offsets. */
  final void checkRuns(Written write, FakePartition partition) {
    assertThat(write.stage).isCompleted();
    long source = write.from;
    for (OffsetRun run : write.stage.join().runs()) {
      assertThat(run.sourceFirst()).isEqualTo(source);
      for (long i = 0; i < run.count(); i++) {
        byte[] value = partition.records().get((int) (run.targetFirst() + i)).value();
        assertThat(new String(value, UTF_8)).isEqualTo("v" + (run.sourceFirst() + i));
      }
      source = run.sourceNext();
    }
    assertThat(source).isEqualTo(write.to);
  }
}
