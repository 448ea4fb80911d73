package dev.twinlog.testkit.simulator;

import dev.twinlog.DeadLetters;
import dev.twinlog.DeliveryGuarantee;
import dev.twinlog.FailoverOptions;
import dev.twinlog.FailoverReport;
import dev.twinlog.LinkState;
import dev.twinlog.PartitionState;
import dev.twinlog.Replicator;
import dev.twinlog.ReplicatorStatus;
import dev.twinlog.SwitchoverOptions;
import dev.twinlog.SwitchoverReport;
import dev.twinlog.TopicSync;
import dev.twinlog.internal.engine.LinkEngine;
import dev.twinlog.internal.engine.agent.Agent;
import dev.twinlog.internal.engine.agent.LinkTime;
import dev.twinlog.internal.link.InternalBuilder;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Source;
import dev.twinlog.testkit.InMemorySource;
import dev.twinlog.testkit.VirtualClock;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;

/** A simulated process that runs the link, with clocks of its own. */
final class Instance {
  static final String LINK = "sim";

  private static final long IN_FLIGHT_BYTES = 64 << 10;
  private static final long SLICE = 20_000_000L;

  private final World world;
  private final int number;
  private final VirtualClock clock;
  private final ModelSink sink;
  private final InstanceParts parts;
  private final InMemorySource source;
  private final LinkEngine engine;
  private final Replicator link;
  private final Random order;
  private final LongConsumer waits;
  private final Set<TopicPartition> paused = new HashSet<>();
  private final List<Caller<?>> callers = new ArrayList<>();
  private long sleptNanos;
  private boolean wallIsRight = true;
  private boolean pausedAll;
  private boolean asleep;
  private boolean dead;

  Instance(World world, int number, InstanceParts parts, Witness witness, LongConsumer waits) {
    this.world = world;
    this.number = number;
    this.parts = parts;
    this.clock = VirtualClock.startingAt(Instant.ofEpochMilli(world.agenda().wallMs()));
    Scenario scenario = world.scenario();
    this.sink = new ModelSink(world, number, clock, parts, waits);
    Random random = world.random();
    InMemorySource.Builder reads =
        InMemorySource.builder(world.source())
            .topics(SourceTopic.NAME::equals)
            .maxBatchRecords(1 + random.nextInt(20));
    this.source = random.nextBoolean() ? reads.build() : reads.lendBuffers().build();
    Replicator.Builder builder =
        Replicator.builder()
            .link(LINK)
            .source(read(source, parts))
            .sink(sink)
            .deliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE)
            .partitionMapper(scenario.mapper().mapper())
            .topicSync(TopicSync.off())
            .lanes(scenario.lanes())
            .maxInFlightBytes(IN_FLIGHT_BYTES)
            .closeTimeout(Duration.ofSeconds(5))
            .clock(clock)
            .onEvent(witness.of(number));
    DeadLetterTopic letters = world.letters();
    if (letters.isActive()) {
      builder
          .transform(letters::transform)
          .deadLetters(DeadLetters.to(DeadLetterTopic.NAME).limitPerHour(1_000));
    } else if (scenario.filter()) {
      builder.transform(SourceTopic::filter);
    }
    long seed = random.nextLong();
    this.order = new Random(seed);
    this.waits = waits;
    InternalBuilder internal = (InternalBuilder) builder;
    this.engine = LinkEngine.stepped(internal.settings(), new PassingTime(), seed);
    this.link = internal.over(engine);
  }

  /** Starts the link; without that only a switchover does. */
  void start() {
    link.start();
  }

  private Source read(InMemorySource memory, InstanceParts parts) {
    return world.scenario().move() == Scenario.Move.SWITCHOVER
        ? new ModelSource(memory, parts)
        : parts.source(memory);
  }

  int number() {
    return number;
  }

  boolean isAwake() {
    return !asleep && !dead;
  }

  boolean isAsleep() {
    return asleep;
  }

  boolean isEnded() {
    return dead || (engine.isEnded() && !isMoving());
  }

  ReplicatorStatus status() {
    return link.status();
  }

  Replicator replicator() {
    return link;
  }

  /** Does nothing if the link has ended, or doesn't know the partition yet. */
  void pause(TopicPartition source) {
    if (takes(source)) {
      link.pause(List.of(source));
      paused.add(source);
    }
  }

  /** Resumes a partition and accepts its loss, if it has one, as an operator may do. */
  void resume(TopicPartition source) {
    if (takes(source)) {
      link.resume(List.of(source));
      paused.remove(source);
      try {
        link.acceptLoss(List.of(source));
        world.target().acceptLost(source.partition());
      } catch (IllegalStateException e) {
        // no loss to accept
      }
    }
  }

  /** Pauses all partitions, also those that it does not know yet. */
  void pauseAll() {
    link.pause();
    pausedAll = true;
  }

  void resumeAll() {
    if (isWorking() && !isMoving()) {
      link.resume();
      pausedAll = false;
      status().partitions().keySet().forEach(this::resume);
    }
  }

  private boolean takes(TopicPartition source) {
    return isWorking() && !isMoving() && status().partitions().containsKey(source);
  }

  /** Whether it was never started. */
  boolean isNew() {
    return status().state() == LinkState.NEW;
  }

  /** Whether it runs: it has neither ended nor begun to. */
  boolean isWorking() {
    return isWorking(status());
  }

  static boolean isWorking(ReplicatorStatus status) {
    return !status.state().isFinal() && status.state() != LinkState.STOPPING;
  }

  /** Runs one step of every agent; returns whether any did anything. */
  boolean step() {
    boolean worked = false;
    List<Agent> agents = new ArrayList<>(engine.agents());
    Collections.shuffle(agents, order);
    for (Agent agent : agents) {
      if (!agent.finished()) {
        worked |= agent.step(Duration.ZERO);
      }
    }
    sink.poll();
    for (Caller<?> caller : callers) {
      worked |= caller.step();
    }
    return worked;
  }

  // Switching over.

  /** Begins to switch the link over; it goes on in the steps to come. */
  Caller<SwitchoverReport> switchOver(SwitchoverOptions options, Caller.Fate fate) {
    SwitchoverOptions asked = options.actor(toString()).onProgress(progress -> fate.meet());
    return call(fate, () -> link.switchover(asked));
  }

  /** Begins to fail the link over; it goes on in the steps to come. */
  Caller<FailoverReport> failOver(FailoverOptions options, Caller.Fate fate) {
    FailoverOptions asked = options.actor(toString()).onProgress(progress -> fate.meet());
    return call(fate, () -> link.failover(asked));
  }

  private <T> Caller<T> call(Caller.Fate fate, Supplier<T> verb) {
    callers.removeIf(Caller::hasEnded);
    Caller<T> call = new Caller<>(toString(), clock, fate, verb);
    callers.add(call);
    return call;
  }

  /** A report of it was handed to the caller. */
  void reported(SwitchoverReport report) {
    parts.reported(link, report);
  }

  /** Whether a move is under way here. */
  boolean isMoving() {
    return callers.stream().anyMatch(caller -> !caller.hasEnded());
  }

  /** The partitions that are paused, though no call has paused them. */
  Set<TopicPartition> held() {
    Set<TopicPartition> held = new HashSet<>();
    status()
        .partitions()
        .forEach(
            (partition, one) -> {
              if (one.state() == PartitionState.PAUSED && !paused.contains(partition)) {
                held.add(partition);
              }
            });
    return pausedAll ? Set.of() : held;
  }

  void pass(long nanos) {
    if (asleep) {
      sleptNanos += nanos;
    } else {
      clock.advance(Duration.ofNanos(nanos));
    }
  }

  /** Makes a source partition unreachable for this instance, or reachable again. */
  void hears(TopicPartition partition, boolean now) {
    if (now) {
      source.heal(partition);
    } else {
      source.silence(partition, new RetriableException("its leader can't be reached"));
    }
  }

  void jumpWall(Duration by) {
    wallIsRight = false;
    clock.jumpWall(by);
  }

  /** Stops all its threads, as SIGSTOP does. */
  void sleep() {
    asleep = true;
  }

  /**
   * Continues after {@link #sleep}; its clocks show that time has passed.
   *
   * @param byWallOnly whether its monotonic clock stood still as well, as it does while a machine
   *     sleeps; has no effect where the wall clock was set wrong, since the pause can't be noticed
   *     then
   */
  void wake(boolean byWallOnly) {
    Duration slept = Duration.ofNanos(sleptNanos);
    if (byWallOnly && wallIsRight) {
      clock.jumpWall(slept);
    } else {
      clock.advance(slept);
    }
    sleptNanos = 0;
    asleep = false;
  }

  /** Ends at once, as under SIGKILL; requests in flight may still arrive. */
  void crash() {
    dead = true;
    sink.crash();
    callers.stream().filter(caller -> !caller.isCurrent()).forEach(Caller::kill);
    callers.stream().filter(Caller::isCurrent).forEach(Caller::kill); // ends here, too
  }

  void close() {
    link.close();
  }

  @Override
  public String toString() {
    return "instance " + number;
  }

  /** Virtual time, which passes while a thread of the process waits. */
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
    public boolean stepsWhileWaiting() {
      return true;
    }

    @Override
    public <T> T await(CompletableFuture<T> answer, long atMostNanos)
        throws InterruptedException, ExecutionException, TimeoutException {
      for (Caller<?> caller : callers) {
        if (caller.isCurrent()) {
          return caller.await(answer, atMostNanos);
        }
      }
      // a thread of the link, of which no other does a step meanwhile
      long left = atMostNanos;
      for (; left > 0 && !answer.isDone(); left -= SLICE) {
        waits.accept(Math.min(left, SLICE));
      }
      if (!answer.isDone()) {
        throw new TimeoutException();
      }
      return answer.get();
    }
  }
}
