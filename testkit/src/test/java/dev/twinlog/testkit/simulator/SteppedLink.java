package dev.twinlog.testkit.simulator;

import dev.twinlog.internal.engine.LinkEngine;
import dev.twinlog.internal.engine.agent.Agent;
import dev.twinlog.internal.engine.agent.LinkTime;
import dev.twinlog.testkit.VirtualClock;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.LongConsumer;

/**
 * A link that takes part in the reversal of another one: its agents are stepped in a random order.
 *
 * @param sinkStep a step of what its sink runs itself
 */
record SteppedLink(LinkEngine engine, Random order, Runnable sinkStep) {
  private static final long SLICE = 20_000_000L;

  /** Runs one step of every agent. */
  void step() {
    List<Agent> agents = new ArrayList<>(engine.agents());
    Collections.shuffle(agents, order);
    for (Agent agent : agents) {
      if (!agent.finished()) {
        agent.step(Duration.ZERO);
      }
    }
    sinkStep.run();
  }

  /**
   * Virtual time, which passes while something is waited for.
   *
   * @param waits lets that many nanoseconds pass
   */
  static LinkTime time(VirtualClock clock, LongConsumer waits) {
    return new LinkTime() {
      @Override
      public long nanoTime() {
        return clock.nanoTime();
      }

      @Override
      public Clock clock() {
        return clock;
      }

      @Override
      public <T> T await(CompletableFuture<T> answer, long atMostNanos)
          throws InterruptedException, ExecutionException, TimeoutException {
        long until = clock.nanoTime() + atMostNanos;
        while (!answer.isDone()) {
          long left = until - clock.nanoTime();
          if (left <= 0) {
            throw new TimeoutException();
          }
          waits.accept(Math.min(left, SLICE));
        }
        return answer.get();
      }
    };
  }
}
