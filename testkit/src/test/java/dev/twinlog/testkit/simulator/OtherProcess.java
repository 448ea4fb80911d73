package dev.twinlog.testkit.simulator;

import dev.twinlog.FailoverOptions;
import dev.twinlog.FailoverReport;
import dev.twinlog.GroupSync;
import dev.twinlog.internal.abilities.SinkAbilities;
import dev.twinlog.internal.engine.agent.LinkTime;
import dev.twinlog.internal.engine.move.Failover;
import dev.twinlog.internal.engine.move.OfflineContext;
import dev.twinlog.spi.OffsetTranslator;
import dev.twinlog.testkit.VirtualClock;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;

/**
 * A simulated process that fails the link over and never runs it, as {@code KafkaLinks.failover}
 * does. While it waits, everything else goes on.
 */
final class OtherProcess {
  /** It ends where it is, as under SIGKILL. */
  static final class Killed extends Error {
    private static final long serialVersionUID = 1L;

    Killed() {
      super("killed", null, false, false);
    }
  }

  /** What a process meets while it waits. */
  record Fate(LongConsumer whileWaiting, BooleanSupplier dies) {}

  private static final long SLICE = 20_000_000L;

  private final int number;
  private final Fate fate;
  private final VirtualClock clock;
  private final ModelSink sink;

  OtherProcess(World world, int number, InstanceParts parts, LongConsumer waits, Fate fate) {
    this.number = number;
    this.fate = fate;
    this.clock = VirtualClock.startingAt(Instant.ofEpochMilli(world.agenda().wallMs()));
    this.sink = new ModelSink(world, number, clock, parts, waits);
  }

  /**
   * Fails the link over.
   *
   * @throws Killed if it dies meanwhile; requests in flight may still be done
   */
  FailoverReport failover(Duration deadline) {
    OfflineContext context = new OfflineContext(Instance.LINK, clock);
    Failover.Parts parts =
        new Failover.Parts(
            Instance.LINK,
            sink,
            SinkAbilities.of(sink),
            () -> sink.openProgressStore(context),
            OffsetTranslator.exact(),
            Optional.empty(),
            GroupSync.defaults(),
            context,
            new PassingTime());
    FailoverOptions options =
        FailoverOptions.defaults()
            .deadline(deadline)
            .actor(toString())
            .onProgress(progress -> mayDie());
    try {
      return new Failover(parts, options, Failover.Live.NOTHING).run();
    } catch (Killed e) {
      sink.crash();
      throw e;
    } finally {
      sink.close();
    }
  }

  void poll() {
    sink.poll();
  }

  void pass(long nanos) {
    clock.advance(Duration.ofNanos(nanos));
  }

  private void mayDie() {
    if (fate.dies().getAsBoolean()) {
      throw new Killed();
    }
  }

  @Override
  public String toString() {
    return "process " + number;
  }

  /** Virtual time, which passes while the process waits. */
  private final class PassingTime implements LinkTime {
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
      mayDie();
      while (!answer.isDone()) {
        long left = until - clock.nanoTime();
        if (left <= 0) {
          throw new TimeoutException();
        }
        fate.whileWaiting().accept(Math.min(left, SLICE));
      }
      mayDie();
      return answer.get();
    }
  }
}
