package dev.twinlog.testkit.simulator;

import dev.twinlog.DeliveryGuarantee;
import dev.twinlog.LinkState;
import dev.twinlog.Replicator;
import dev.twinlog.ReplicatorStatus;
import dev.twinlog.TopicSync;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.testkit.InMemorySource;
import dev.twinlog.testkit.SteppedReplicator;
import dev.twinlog.testkit.VirtualClock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.function.LongConsumer;
import org.apache.kafka.common.TopicPartition;

/** A simulated process that runs the link, with clocks of its own. */
final class Instance {
  static final String LINK = "sim";

  private static final long IN_FLIGHT_BYTES = 64 << 10;

  private final World world;
  private final int number;
  private final VirtualClock clock;
  private final ModelSink sink;
  private final InMemorySource source;
  private final SteppedReplicator link;
  private long sleptNanos;
  private boolean wallIsRight = true;
  private boolean asleep;
  private boolean dead;

  Instance(World world, int number, InstanceParts parts, Witness witness, LongConsumer waits) {
    this.world = world;
    this.number = number;
    this.clock = VirtualClock.startingAt(Instant.ofEpochMilli(world.agenda().wallMs()));
    Scenario scenario = world.scenario();
    this.sink = new ModelSink(world, number, clock, parts, waits);
    Random random = world.random();
    InMemorySource.Builder reads =
        InMemorySource.builder(world.source()).maxBatchRecords(1 + random.nextInt(20));
    this.source = random.nextBoolean() ? reads.build() : reads.lendBuffers().build();
    Replicator.Builder builder =
        Replicator.builder()
            .link(LINK)
            .source(parts.source(source))
            .sink(sink)
            .deliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE)
            .partitionMapper(scenario.mapper().mapper())
            .topicSync(TopicSync.off())
            .lanes(scenario.lanes())
            .maxInFlightBytes(IN_FLIGHT_BYTES)
            .closeTimeout(Duration.ofSeconds(5))
            .clock(clock)
            .onEvent(witness.of(number));
    if (scenario.filter()) {
      builder.transform(SourceTopic::filter);
    }
    this.link = SteppedReplicator.of(builder, clock, random.nextLong());
    link.replicator().start();
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
    return dead || link.isEnded();
  }

  ReplicatorStatus status() {
    return link.status();
  }

  Replicator replicator() {
    return link.replicator();
  }

  /** Does nothing if the link has ended, or doesn't know the partition yet. */
  void pause(TopicPartition source) {
    if (takes(source)) {
      link.replicator().pause(List.of(source));
    }
  }

  /** Resumes a partition and accepts its loss, if it has one, as an operator may do. */
  void resume(TopicPartition source) {
    if (takes(source)) {
      link.replicator().resume(List.of(source));
      try {
        link.replicator().acceptLoss(List.of(source));
        world.target().acceptLost(source.partition());
      } catch (IllegalStateException e) {
        // no loss to accept
      }
    }
  }

  void resumeAll() {
    if (isWorking()) {
      link.replicator().resume();
      status().partitions().keySet().forEach(this::resume);
    }
  }

  private boolean takes(TopicPartition source) {
    return isWorking() && status().partitions().containsKey(source);
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
    boolean worked = link.step();
    sink.poll();
    return worked;
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
  }

  void close() {
    link.replicator().close();
  }

  @Override
  public String toString() {
    return "instance " + number;
  }
}
