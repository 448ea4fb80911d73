package dev.twinlog.testkit;

import dev.twinlog.Replicator;
import dev.twinlog.ReplicatorStatus;
import dev.twinlog.internal.engine.Agent;
import dev.twinlog.internal.engine.InternalBuilder;
import dev.twinlog.internal.engine.LinkEngine;
import dev.twinlog.internal.engine.LinkTime;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

/**
 * A replicator without threads: its agents do a step when a test says so, under a {@link
 * VirtualClock}. The same code runs as in production. For in-memory parts; real clients know
 * nothing of virtual time.
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
   * Takes what {@code builder} describes, without building it.
   *
   * @param builder of {@link Replicator#builder()}; its clock should be {@code clock}
   * @param clock wall and monotonic time
   * @param seed of every random choice: the order of steps, the jitter of retries
   */
  public static SteppedReplicator of(Replicator.Builder builder, VirtualClock clock, long seed) {
    if (!(builder instanceof InternalBuilder internal)) {
      throw new IllegalArgumentException("not a builder of Replicator.builder(): " + builder);
    }
    LinkEngine engine = LinkEngine.stepped(internal.settings(), new Virtual(clock), seed);
    return new SteppedReplicator(engine, internal.over(engine), clock, seed);
  }

  private record Virtual(VirtualClock virtual) implements LinkTime {
    @Override
    public long nanoTime() {
      return virtual.nanoTime();
    }

    @Override
    public Clock clock() {
      return virtual;
    }
  }

  /** Begins to connect, and does everything that needs no time to pass. */
  public void start() {
    replicator.start();
    settle();
  }

  /**
   * Lets every agent do one step, in an order that the seed chooses.
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

  /** Steps until there is nothing left to do at this moment. */
  public void settle() {
    int rounds = 0;
    while (step()) {
      rounds++;
      if (rounds > MOST_ROUNDS) {
        throw new IllegalStateException(
            "the link doesn't come to rest within " + MOST_ROUNDS + " rounds: " + status());
      }
    }
  }

  /** Lets time pass, in slices of 50 ms, doing after each what is due by then. */
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

  /** For pausing and resuming; what is asked is done in the next step. */
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
    Duration limit = engine.settings().closeTimeout().plusSeconds(30);
    for (Duration waited = Duration.ZERO;
        !engine.isEnded() && waited.compareTo(limit) < 0;
        waited = waited.plus(SLICE)) {
      advance(SLICE);
    }
  }
}
