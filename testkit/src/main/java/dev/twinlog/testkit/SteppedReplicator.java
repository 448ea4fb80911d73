package dev.twinlog.testkit;

import dev.twinlog.Replicator;
import dev.twinlog.ReplicatorStatus;
import dev.twinlog.internal.engine.LinkEngine;
import dev.twinlog.internal.engine.agent.Agent;
import dev.twinlog.internal.engine.agent.LinkTime;
import dev.twinlog.internal.link.InternalBuilder;
import dev.twinlog.internal.options.LinkOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

/**
 * A replicator without threads that a test steps under a {@link VirtualClock}. The same code runs
 * as in production. For in-memory sources and sinks: real Kafka clients don't use virtual time.
 *
 * <pre>{@code
 * SteppedReplicator link = SteppedReplicator.of(builder, clock, seed);
 * link.start();
 * link.advance(Duration.ofSeconds(2));
 * }</pre>
 *
 * <p>Not thread-safe: the thread that steps it acts as all of its threads.
 */
public final class SteppedReplicator implements AutoCloseable {
  private static final int MOST_ROUNDS = 1_000_000;
  private static final Duration SLICE = Duration.ofMillis(50);

  private final LinkEngine engine;
  private final Replicator replicator;
  private final VirtualClock clock;
  private final Random random;

  private SteppedReplicator(
      LinkEngine engine, Replicator replicator, VirtualClock clock, long seed) {
    this.engine = engine;
    this.replicator = replicator;
    this.clock = clock;
    this.random = new Random(seed);
  }

  /**
   * Makes a stepped replicator from what {@code builder} describes, without building that one.
   *
   * @param builder of {@link Replicator#builder()}; its clock should be {@code clock}
   * @param clock wall and monotonic time
   * @param seed of every random choice: the order of steps, the jitter of retries
   */
  public static SteppedReplicator of(Replicator.Builder builder, VirtualClock clock, long seed) {
    if (!(builder instanceof InternalBuilder internal)) {
      throw new IllegalArgumentException("not a builder of Replicator.builder(): " + builder);
    }
    LinkEngine engine =
        LinkEngine.stepped(internal.settings(), LinkTime.of(clock, clock::nanoTime), seed);
    return new SteppedReplicator(engine, internal.over(engine), clock, seed);
  }

  /** Starts the link and steps it until it has nothing left to do without time passing. */
  public void start() {
    replicator.start();
    settle();
  }

  /**
   * Steps every agent once, in an order that the seed chooses.
   *
   * @return whether any of them did anything
   */
  public boolean step() {
    boolean worked = false;
    List<Agent> agents = new ArrayList<>(engine.agents());
    Collections.shuffle(agents, random);
    for (Agent agent : agents) {
      if (!agent.finished()) {
        worked |= agent.step(Duration.ZERO);
      }
    }
    return worked;
  }

  /** Steps until no agent has anything to do at the current time. */
  public void settle() {
    int rounds = 0;
    while (step()) {
      rounds++;
      if (rounds > MOST_ROUNDS) {
        throw new IllegalStateException(
            "the link still has work after " + MOST_ROUNDS + " rounds: " + status());
      }
    }
  }

  /** Advances the clock in slices of 50 ms, and steps what is due after each. */
  public void advance(Duration time) {
    settle();
    for (Duration left = time; left.compareTo(Duration.ZERO) > 0; left = left.minus(SLICE)) {
      clock.advance(left.compareTo(SLICE) < 0 ? left : SLICE);
      settle();
    }
  }

  /** Completes, in a later step, when the copy has reached what is the source's end now. */
  public CompletableFuture<Void> whenCaughtUp() {
    return engine.whenCaughtUp();
  }

  /** The status, as {@link Replicator#status()} gives it. */
  public ReplicatorStatus status() {
    return replicator.status();
  }

  /** The replicator, to pause and resume it; a call takes effect in the next step. */
  public Replicator replicator() {
    return replicator;
  }

  /** Whether the link has ended and everything is released. */
  public boolean isEnded() {
    return engine.isEnded();
  }

  /** Begins to close and steps, letting time pass, until the link has ended. */
  @Override
  public void close() {
    replicator.close();
    settle();
    Duration limit = engine.settings().get(LinkOptions.CLOSE_TIMEOUT).plusSeconds(30);
    for (Duration waited = Duration.ZERO;
        !engine.isEnded() && waited.compareTo(limit) < 0;
        waited = waited.plus(SLICE)) {
      advance(SLICE);
    }
  }
}
