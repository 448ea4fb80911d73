package dev.twinlog.testkit.engine.ownership;

import dev.twinlog.Offsets;
import dev.twinlog.Replicator;
import dev.twinlog.ReplicatorStatus;
import dev.twinlog.internal.engine.LinkEngine;
import dev.twinlog.internal.engine.agent.Agent;
import dev.twinlog.internal.engine.agent.LinkTime;
import dev.twinlog.internal.link.InternalBuilder;
import dev.twinlog.testkit.InMemoryCluster;
import dev.twinlog.testkit.InMemorySink;
import dev.twinlog.testkit.InMemorySource;
import dev.twinlog.testkit.VirtualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;

/** One of the instances that share a link, without threads. */
final class Member {
  private static final int MOST_ROUNDS = 100_000;
  private static final Duration SLICE = Duration.ofMillis(50);

  private final VirtualClock clock;
  private final InMemorySink sink;
  private final SharedState.Instance owner;
  private final LinkEngine engine;
  private final Replicator replicator;

  /** An instance of the link from {@code east} to {@code west}, not started. */
  Member(
      InMemoryCluster east,
      InMemorySink sink,
      SharedState state,
      VirtualClock clock,
      UnaryOperator<Replicator.Builder> settings) {
    this.clock = clock;
    this.sink = sink;
    LinkTime time = LinkTime.of(clock, clock::nanoTime);
    this.owner = state.instance(time);
    Replicator.Builder builder =
        settings.apply(
            Replicator.builder()
                .link("shared")
                .source(InMemorySource.builder(east).maxBatchRecords(5).build())
                .sink(sink)
                .progressStore(owner)
                .closeTimeout(Duration.ofSeconds(5))
                .clock(clock));
    InternalBuilder internal = (InternalBuilder) builder;
    this.engine = LinkEngine.stepped(internal.settings(), time, 42, owner);
    this.replicator = internal.over(engine);
  }

  InMemorySink sink() {
    return sink;
  }

  SharedState.Instance owner() {
    return owner;
  }

  Replicator replicator() {
    return replicator;
  }

  ReplicatorStatus status() {
    return replicator.status();
  }

  Offsets offsets() {
    return replicator.offsets();
  }

  /** The agents: control, calls, the lane's reader and writer, events. */
  List<Agent> agents() {
    return engine.agents();
  }

  void start() {
    replicator.start();
  }

  void startAndSettle() {
    start();
    settle(this);
  }

  void advance(Duration time) {
    advance(time, clock, new Random(42), this);
  }

  void close() {
    replicator.close();
    settle(this);
    for (int i = 0; i < 1_000 && !engine.isEnded(); i++) {
      advance(SLICE);
    }
  }

  static void settle(Member... members) {
    settle(new Random(42), members);
  }

  /** Steps the agents of all members, in an order that {@code random} chooses, until all rest. */
  static void settle(Random random, Member... members) {
    List<Agent> agents = new ArrayList<>();
    for (Member member : members) {
      agents.addAll(member.agents());
    }
    boolean worked = true;
    for (int round = 0; worked; round++) {
      if (round > MOST_ROUNDS) {
        throw new IllegalStateException("there is no end of work");
      }
      worked = false;
      Collections.shuffle(agents, random);
      for (Agent agent : agents) {
        worked |= !agent.finished() && agent.step(Duration.ZERO);
      }
    }
  }

  static void advance(Duration time, VirtualClock clock, Random random, Member... members) {
    settle(random, members);
    for (Duration left = time; left.compareTo(Duration.ZERO) > 0; left = left.minus(SLICE)) {
      clock.advance(left.compareTo(SLICE) < 0 ? left : SLICE);
      settle(random, members);
    }
  }
}
