package dev.twinlog.testkit.simulator;

import dev.twinlog.PartitionState;
import dev.twinlog.PartitionStatus;
import dev.twinlog.testkit.simulator.model.ModelKafka;
import dev.twinlog.testkit.simulator.model.ModelPartition;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import org.apache.kafka.common.TopicPartition;

/** Injects the {@link CompoundFault}s of a scenario into a simulated world. */
final class CompoundFaultInjector {
  private static final long SECOND = 1_000_000_000L;
  private static final long MILLI = 1_000_000L;
  private static final int MOST_LEFT = 12;

  /** Longer than it takes to elect a broker and the former leader again. */
  private static final long AWAY_NANOS = 32 * SECOND;

  private final World world;
  private final Instances instances;
  private final Disturbances single;
  private final LongConsumer pass;
  private final Random random;
  private final ModelKafka kafka;

  /**
   * An injector for a world.
   *
   * @param single injects single faults, and produces
   * @param pass lets that many nanoseconds pass
   */
  CompoundFaultInjector(World world, Instances instances, Disturbances single, LongConsumer pass) {
    this.world = world;
    this.instances = instances;
    this.single = single;
    this.pass = pass;
    this.random = world.random();
    this.kafka = world.kafka();
  }

  /** Injects one of the scenario's compound faults, at one of eight calls. */
  void next() {
    List<CompoundFault> some = new ArrayList<>(world.scenario().compoundFaults());
    if (!some.isEmpty() && random.nextInt(8) == 0) {
      happen(some.get(random.nextInt(some.size())));
    }
  }

  private void happen(CompoundFault fault) {
    world.trace().line(() -> "-- compound fault: " + fault);
    switch (fault) {
      case TARGET_TAIL -> targetTail();
      case LOSS_BEHIND_A_LOOK -> lossBehindALook();
      case SOURCE_TAIL -> sourceTail();
      case STATE_LOST -> stateLost();
      case SOURCE_UNREACHABLE -> sourceUnreachable();
      case OWNER_AWAY -> ownerAway();
      case OWNER_CUT_OFF -> ownerCutOff();
      case THROTTLED -> throttled();
      case EPOCHS_USED_UP -> epochsUsedUp();
    }
  }

  private void say(String what) {
    world.trace().line(() -> "-- " + what);
  }

  // Shared steps.

  /** Waits until a condition holds or the time has passed; returns whether it holds. */
  private boolean await(int seconds, BooleanSupplier condition) {
    for (int i = 0; i < 10 * seconds && !condition.getAsBoolean(); i++) {
      pass.accept(100 * MILLI);
    }
    return condition.getAsBoolean();
  }

  /** Ends all instances: closes them, or at one of four calls crashes them. */
  private boolean shutDown() {
    return shutDown(random.nextInt(4) == 0);
  }

  private boolean shutDown(boolean crashed) {
    say(crashed ? "the link crashes" : "the link is closed");
    for (Instance one : List.copyOf(instances.all())) {
      if (one.isAsleep() || crashed) {
        one.crash();
      } else {
        one.close();
      }
    }
    boolean down = await(30, () -> instances.all().stream().allMatch(Instance::isEnded));
    pass.accept(SECOND); // what was in flight has been appended
    return down;
  }

  /** Whether every partition is open and caught up. */
  private boolean isCaughtUp() {
    Instance current = instances.current();
    if (!current.isAwake()) {
      return false;
    }
    Map<TopicPartition, PartitionStatus> partitions = current.status().partitions();
    return partitions.size() == world.topic().partitions()
        && partitions.entrySet().stream()
            .allMatch(
                one ->
                    one.getValue().state() == PartitionState.CAUGHT_UP
                        && one.getValue().sourcePosition()
                            == world.source().endOffset(one.getKey()));
  }

  private ModelPartition anyTarget() {
    int number = random.nextInt(world.scenario().targetPartitions());
    return kafka.partition(new TopicPartition(SourceTopic.NAME, number));
  }

  private int anySource() {
    return random.nextInt(world.topic().partitions());
  }

  private void produceSome() {
    for (int i = 1 + random.nextInt(4); i > 0; i--) {
      single.produce();
    }
  }

  /** The target loses the end of its log; other producers may write as much again, or more. */
  private void loseTail(ModelPartition partition) {
    int left = random.nextBoolean() ? 0 : random.nextInt(MOST_LEFT);
    long lost = kafka.loseTail(partition, left);
    say("%s has lost %d offsets".formatted(partition.name(), lost));
    if (random.nextBoolean()) {
      long others = random.nextBoolean() ? lost + random.nextInt(20) : random.nextInt(20);
      for (long i = 0; i < others; i++) {
        single.write(partition);
      }
    }
  }

  // The target.

  private void targetTail() {
    world.source().unavailable(false);
    world.owners().reachable(true);
    instances.startIfNone();
    produceSome();
    if (!await(60, this::isCaughtUp) || !shutDown(false)) {
      return;
    }
    instances.startIfNone();
    if (await(60, this::isCaughtUp)) {
      ModelPartition partition = anyTarget();
      int former = partition.leader();
      loseTail(partition);
      if (random.nextBoolean()) {
        pass.accept(AWAY_NANOS);
        say("%s is led by broker %d again".formatted(partition.name(), former));
        kafka.leadAgain(partition, former);
      }
      pass.accept(random.nextInt(3) * SECOND);
      produceSome();
    }
  }

  private void lossBehindALook() {
    ModelPartition partition = anyTarget();
    partition.afterNextRead(() -> loseTail(partition));
    if (random.nextBoolean()) {
      shutDown();
    } else {
      instances.current().crash();
    }
    instances.startIfNone();
    pass.accept(random.nextInt(5) * SECOND);
    produceSome();
  }

  private void throttled() {
    int broker = random.nextInt(Simulation.BROKERS);
    int millis = 1_000 * (20 + random.nextInt(100));
    int answers = 1 + random.nextInt(3);
    say("broker %d throttles for %d ms, %d times".formatted(broker, millis, answers));
    kafka.throttle(broker, millis, answers);
    produceSome();
  }

  private void epochsUsedUp() {
    world.source().unavailable(false);
    world.owners().reachable(true);
    instances.startIfNone();
    produceSome();
    if (!await(60, this::isCaughtUp)) {
      return;
    }
    long millis = random.nextLong(world.scenario().lateMs());
    say("what is sent on the present connections arrives %d ms late".formatted(millis));
    kafka.delayConnections(millis * MILLI);
    produceSome();
    pass.accept((20 + random.nextInt(300)) * MILLI);
    say("the link crashes, and the epochs of its identities are used up");
    instances.current().crash();
    kafka.useUpEpochs();
    instances.startIfNone();
    pass.accept(random.nextInt(5) * SECOND);
    produceSome();
  }

  // The source.

  private void sourceTail() {
    produceSome();
    pass.accept(random.nextInt(2 * 1_000) * MILLI);
    int partition = anySource();
    if (!shutDown()) {
      return;
    }
    long end = world.source().endOffset(SourceTopic.partition(partition));
    long cut = random.nextInt(4) == 0 ? end : random.nextLong(end + 1);
    say("source %d loses everything from %d on, of %d".formatted(partition, cut, end));
    world.topic().truncate(partition, cut);
    boolean grows = random.nextInt(3) > 0;
    while (grows && world.source().endOffset(SourceTopic.partition(partition)) <= end) {
      world.topic().produce(partition);
    }
    instances.startIfNone();
    pass.accept(random.nextInt(5) * SECOND);
    world.topic().produce(partition);
  }

  private void sourceUnreachable() {
    TopicPartition partition = SourceTopic.partition(anySource());
    say("the link can't reach the leader of " + partition);
    instances.hear(partition, false);
    world
        .agenda()
        .after(
            (1 + random.nextInt(60)) * SECOND,
            () -> {
              say("it can reach the leader of " + partition);
              instances.hear(partition, true);
            });
    pass.accept(random.nextInt(8) * SECOND);
    for (int i = random.nextInt(4); i > 0; i--) {
      world.topic().produce(partition.partition());
    }
  }

  // The state.

  private void stateLost() {
    if (!shutDown()) {
      return;
    }
    say("the state topic is deleted");
    world.owners().delete();
    instances.startIfNone();
    pass.accept((1 + random.nextInt(10)) * SECOND);
    shutDown();
    say("the state topic is rebuilt");
    world.owners().rebuild();
    instances.startIfNone();
  }

  private void ownerAway() {
    int seconds = 15 + random.nextInt(75);
    say("the owner's coordinator is away for %d s".formatted(seconds));
    world.owners().reachable(false);
    world.agenda().after(seconds * SECOND, () -> world.owners().reachable(true));
    produceSome();
  }

  /** Stops a fenced instance for a while, which may be shorter than what is left of its lease. */
  private void sleepWhileFenced(int number) {
    for (Instance former : instances.all()) {
      if (former.number() == number && former.isAwake() && random.nextInt(3) > 0) {
        former.sleep();
        world.agenda().after((2 + random.nextInt(16)) * SECOND, () -> former.wake(false));
      }
    }
  }

  private void ownerCutOff() {
    int owner = world.owners().owner();
    say("instance %d can't reach the state topic".formatted(owner));
    world.owners().cutOff(owner, true);
    for (int i = random.nextInt(40); i > 0; i--) {
      pass.accept(SECOND);
      if (random.nextInt(3) == 0) {
        single.produce();
      }
    }
    produceSome();
    instances.start();
    Instance fresh = instances.current();
    if (random.nextBoolean()) {
      // the former owner continues, and is fenced long after its lease has ended
      fresh.pauseAll();
    }
    int resumed = random.nextInt(60);
    for (int i = random.nextInt(90); i > 0; i--) {
      pass.accept(SECOND);
      if (i == resumed) {
        sleepWhileFenced(owner);
        fresh.resumeAll();
      }
      if (random.nextInt(3) == 0) {
        single.produce();
      }
    }
    fresh.resumeAll();
    world.agenda().after(random.nextInt(30) * SECOND, () -> world.owners().cutOff(owner, false));
  }
}
