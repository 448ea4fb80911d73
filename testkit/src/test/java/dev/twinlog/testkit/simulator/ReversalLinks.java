package dev.twinlog.testkit.simulator;

import dev.twinlog.ConfigSync;
import dev.twinlog.DeliveryGuarantee;
import dev.twinlog.Gap;
import dev.twinlog.GroupSync;
import dev.twinlog.LinkState;
import dev.twinlog.Replicator;
import dev.twinlog.ReverseOptions;
import dev.twinlog.TopicSync;
import dev.twinlog.internal.engine.LinkEngine;
import dev.twinlog.internal.engine.agent.LinkTime;
import dev.twinlog.internal.engine.move.Reverse;
import dev.twinlog.internal.engine.move.Side;
import dev.twinlog.internal.link.InternalBuilder;
import dev.twinlog.internal.options.LinkSettings;
import dev.twinlog.spi.CleanCloseSink;
import dev.twinlog.spi.PartitionMapper;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.TopicSource;
import dev.twinlog.testkit.InMemorySink;
import dev.twinlog.testkit.InMemorySource;
import dev.twinlog.testkit.VirtualClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The processes of a reversal: those that reverse the moved link, with that link while it copies
 * what was never copied, and those that run the reverse link. All have the same clock.
 */
final class ReversalLinks {
  static final String BACK = Instance.LINK + "-back";

  private static final long SLICE = 2_000_000L;
  private static final Duration PATIENT = Duration.ofMinutes(5);
  private static final long IN_FLIGHT_BYTES = 64 << 10;

  /** Numbers of processes, behind those that move the link. */
  private static final int FIRST = 2_000;

  private final World world;
  private final LongConsumer passes;
  private final Supplier<InstanceParts> parts;
  private final MoveTruth moved;
  private final Random random;
  private final TargetCopy copy;
  private final LinksInto forward;
  private final LinksInto back;
  private final VirtualClock clock;
  private final List<SteppedLink> running = new ArrayList<>();
  private int started;

  /**
   * No process runs yet.
   *
   * @param passes lets that many nanoseconds pass for everything else
   * @param forward what is stored of the moved link
   * @param back what is stored of its reverse
   */
  ReversalLinks(
      World world,
      LongConsumer passes,
      Supplier<InstanceParts> parts,
      MoveTruth moved,
      Random random,
      TargetCopy copy,
      LinksInto forward,
      LinksInto back) {
    this.world = world;
    this.passes = passes;
    this.parts = parts;
    this.moved = moved;
    this.random = random;
    this.copy = copy;
    this.forward = forward;
    this.back = back;
    this.clock = VirtualClock.startingAt(Instant.ofEpochMilli(world.agenda().wallMs()));
  }

  // Time.

  /** Lets time pass, in which all links that run do steps. */
  void run(long nanos) {
    for (long left = nanos; left > 0; left -= SLICE) {
      List.copyOf(running).forEach(SteppedLink::step);
      letTimePass(Math.min(left, SLICE));
      copy.refresh();
    }
  }

  private void letTimePass(long nanos) {
    passes.accept(nanos);
    clock.advance(Duration.ofNanos(nanos));
  }

  // Reversing.

  /**
   * A process reverses the link.
   *
   * @param meanwhile called while it waits, before time passes
   * @param dies whether it ends where it waits
   * @throws OtherProcess.Killed if it dies
   */
  Reverse.Result reverse(ReverseOptions wanted, Runnable meanwhile, BooleanSupplier dies) {
    int number = FIRST + started++;
    InstanceParts own = parts.get();
    Runnable mayDie =
        () -> {
          if (dies.getAsBoolean()) {
            throw new OtherProcess.Killed();
          }
        };
    LinkTime time =
        SteppedLink.time(
            clock,
            nanos -> {
              mayDie.run();
              meanwhile.run();
              run(nanos);
            });
    ModelSink intoTarget = new ModelSink(world, number, clock, own, this::letTimePass);
    CleanCloseSink target = forward.sink(intoTarget, number, UnaryOperator.identity());
    CleanCloseSink source = back.sink(InMemorySink.to(world.source()), number, own::seeded);
    Reverse.Parts all =
        new Reverse.Parts(
            Instance.LINK,
            new Side(new MemoryLogs(world.source(), Map::of), source),
            new Side(new MemoryLogs(copy.cluster(), copy::writtenBy), target),
            time,
            new Resender(number, time));
    ReverseOptions options = wanted.actor("process " + number).onProgress(progress -> mayDie.run());
    copy.refresh();
    try {
      return new Reverse(all, options).run();
    } finally {
      running.clear();
    }
  }

  /** Lets the moved link copy what is left, as {@code LinkResender} does. */
  private final class Resender implements Reverse.Resender {
    private final int number;
    private final LinkTime time;

    Resender(int number, LinkTime time) {
      this.number = number;
      this.time = time;
    }

    @Override
    public PartitionMapper mapper() {
      return world.scenario().mapper().mapper();
    }

    @Override
    public boolean transforms() {
      return world.scenario().filter();
    }

    @Override
    public void copy(UUID move, Map<String, String> topics, LongConsumer copied) {
      resend(move, number, time);
    }
  }

  private void resend(UUID move, int number, LinkTime time) {
    moved.copiesOn();
    ModelSink sink = new ModelSink(world, number, clock, parts.get(), this::letTimePass);
    Replicator.Builder builder =
        link(Instance.LINK)
            .source(source(InMemorySource.builder(world.source())))
            .sink(forward.sink(sink, number, UnaryOperator.identity()))
            .partitionMapper(world.scenario().mapper().mapper())
            .topicSync(TopicSync.defaults().configs(ConfigSync.off()).onGap(Gap.CONTINUE));
    LinkEngine engine =
        LinkEngine.continuing(settings(builder), move, engineTime(), random.nextLong());
    SteppedLink link = new SteppedLink(engine, new Random(random.nextLong()), sink::poll);
    running.add(link);
    try {
      engine.start();
      time.await(engine.whenCaughtUp(), PATIENT.toNanos());
    } catch (ExecutionException | TimeoutException e) {
      throw notCopied(engine, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw notCopied(engine, e);
    } catch (OtherProcess.Killed e) {
      sink.crash();
      throw e;
    }
    end(link);
    sink.close();
    if (engine.state() != LinkState.STOPPED || engine.unsavedSince().isPresent()) {
      throw notCopied(engine, null);
    }
  }

  private static RetriableException notCopied(LinkEngine engine, @Nullable Exception cause) {
    return new RetriableException(
        "the moved link is %s (%s): %s, %s"
            .formatted(engine.state(), engine.reason(), cause, engine.partitions()));
  }

  // The reverse link.

  /** A process that runs the reverse link; it is stepped from now on. */
  SteppedLink startBack() {
    int number = FIRST + started++;
    Replicator.Builder builder =
        link(BACK)
            .source(back(source(InMemorySource.builder(copy.cluster()))))
            .sink(
                back.sink(
                    InMemorySink.to(world.source()).keepsNoSourceOffsets(),
                    number,
                    UnaryOperator.identity()))
            .topicSync(TopicSync.defaults().configs(ConfigSync.off()));
    LinkEngine engine = LinkEngine.stepped(settings(builder), engineTime(), random.nextLong());
    SteppedLink link = new SteppedLink(engine, new Random(random.nextLong()), () -> {});
    running.add(link);
    engine.start();
    return link;
  }

  private TopicSource back(InMemorySource source) {
    return forward.source(source);
  }

  /** It ends where it is, as under SIGKILL. */
  void crash(SteppedLink link) {
    running.remove(link);
  }

  /** Closes it, and waits until it has ended. */
  void end(SteppedLink link) {
    link.engine().close();
    long until = clock.nanoTime() + PATIENT.toNanos();
    while (!link.engine().isEnded()) {
      run(20_000_000L);
      if (clock.nanoTime() > until) {
        throw new Violation("link %s does not end".formatted(link.engine().settings().link()));
      }
    }
    running.remove(link);
  }

  private Replicator.Builder link(String name) {
    return Replicator.builder()
        .link(name)
        .deliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE)
        .groupSync(GroupSync.off())
        .lanes(world.scenario().lanes())
        .maxInFlightBytes(IN_FLIGHT_BYTES)
        .closeTimeout(Duration.ofSeconds(5))
        .clock(clock);
  }

  private InMemorySource source(InMemorySource.Builder builder) {
    builder.maxBatchRecords(1 + random.nextInt(20));
    return random.nextBoolean() ? builder.build() : builder.lendBuffers().build();
  }

  private LinkTime engineTime() {
    return SteppedLink.time(clock, this::letTimePass);
  }

  private static LinkSettings settings(Replicator.Builder builder) {
    return ((InternalBuilder) builder).settings();
  }
}
