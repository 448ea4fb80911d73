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
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Everything that can happen to a request, in any order, by a seed: errors, lost answers, moving
 * leaders, brokers that die, or go on with what a closed connection brought. As long as the target
 * knows the producer, each record lands once and in order.
 */
final class BatchWriterChaosTest {
  private static final int SEEDS = 300;
  private static final int STEPS = 250;
  private static final List<Errors> ERRORS =
      List.of(
          Errors.NOT_LEADER_OR_FOLLOWER,
          Errors.NOT_ENOUGH_REPLICAS,
          Errors.REQUEST_TIMED_OUT,
          Errors.KAFKA_STORAGE_ERROR,
          Errors.UNKNOWN_TOPIC_OR_PARTITION,
          Errors.CORRUPT_MESSAGE);

  private record Written(CompletableFuture<WriteAck> stage, long from, long to) {}

  private static final class Run {
    final Random random;
    final boolean reopens;
    final WriterRig rig = new WriterRig();
    final Map<Route, FakePartition> routes = new LinkedHashMap<>();
    final Map<Route, Long> next = new LinkedHashMap<>();
    final Map<Route, List<Written>> written = new LinkedHashMap<>();
    final List<Map.Entry<Broker, Request>> stragglers = new ArrayList<>();
    @Nullable Broker dead;

    Run(long seed, boolean reopens) {
      this.random = new Random(seed);
      this.reopens = reopens;
      for (int i = 0; i < 3; i++) {
        Route route = WriterRig.route(i, i);
        routes.put(route, rig.open(route));
        next.put(route, 0L);
        written.put(route, new ArrayList<>());
      }
    }

    private <T> T any(List<T> list) {
      return list.get(random.nextInt(list.size()));
    }

    void step() {
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
        int done = random.nextInt(4);
        List<Request> lost = rig.target.cut(broker, done);
        for (int i = done; i < lost.size(); i++) {
          stragglers.add(Map.entry(broker, lost.get(i)));
        }
      } else if (dice < 95 && !stragglers.isEmpty()) {
        Map.Entry<Broker, Request> late = stragglers.remove(0);
        rig.target.straggle(late.getKey(), late.getValue());
      } else if (dice < 96) {
        dieOrReturn(broker);
      } else if (dice < 97) {
        TopicPartition moved = any(List.copyOf(routes.keySet())).target();
        rig.target.lead(moved, broker);
      } else if (reopens && dice < 98) {
        reopen(any(List.copyOf(routes.keySet())));
      } else {
        rig.target.pass(random.nextInt(400) * 1_000_000L);
      }
    }

    /** One is dead at most; the cluster may not have noticed when it returns. */
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
      CompletableFuture<WriteAck> stage =
          random.nextInt(4) == 0
              ? rig.write(route, WriterRig.decoded(route, from, to))
              : rig.lent(route, from, to);
      written.get(route).add(new Written(stage, from, to));
      next.put(route, to);
    }

    /** As the engine does: gives up, waits for the stages, goes on where the first one failed. */
    private void reopen(Route route) {
      rig.writer.abandon(route);
      List<Written> all = written.get(route);
      for (int i = 0; i < 50 && !all.stream().allMatch(w -> w.stage.isDone()); i++) {
        rig.writer.poll(Duration.ofMillis(100));
        rig.target.pass(100_000_000L);
      }
      assertThat(all).allMatch(w -> w.stage.isDone());
      int good = 0;
      while (good < all.size() && !all.get(good).stage.isCompletedExceptionally()) {
        good++;
      }
      next.put(route, good == 0 ? 0L : all.get(good - 1).to);
      all.subList(good, all.size()).clear();
      rig.writer.open(route);
    }

    void check() {
      rig.target.noticeTheDead();
      rig.settle();
      routes.forEach(this::check);
    }

    private void check(Route route, FakePartition partition) {
      List<String> expected = WriterRig.expected(0, next.get(route));
      if (reopens) {
        assertThat(new LinkedHashSet<>(WriterRig.values(partition))).containsAll(expected);
      } else {
        assertThat(WriterRig.values(partition)).isEqualTo(expected);
      }
      for (Written write : written.get(route)) {
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
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void everyRecordLands(boolean reopens) {
    for (long seed = 0; seed < SEEDS; seed++) {
      try {
        Run run = new Run(seed, reopens);
        for (int i = 0; i < STEPS; i++) {
          run.step();
        }
        run.check();
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("seed " + seed, e);
      }
    }
  }
}
