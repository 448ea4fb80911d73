package dev.twinlog.testkit.simulator;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.testkit.InMemoryCluster;
import dev.twinlog.testkit.simulator.model.ModelKafka;
import dev.twinlog.testkit.simulator.model.ModelPartition;
import dev.twinlog.testkit.simulator.model.ModelRecords;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/** Injects single random faults into a simulated world. */
final class Disturbances {
  private static final long SECOND = 1_000_000_000L;
  private static final int MOST_FOREIGN = 40;

  /**
   * The shortest retention. Younger records are not removed, since a fence could be among them:
   * brokers that lost it and restarted don't know of it, and former owners could write again.
   */
  private static final long LEAST_RETENTION_MS = Duration.ofMinutes(1).toMillis();

  private final World world;
  private final Instances instances;
  private final Random random;
  private final ModelKafka kafka;
  private int foreign;

  Disturbances(World world, Instances instances) {
    this.world = world;
    this.instances = instances;
    this.random = world.random();
    this.kafka = world.kafka();
  }

  /** Injects one random fault, or none. */
  void next() {
    switch (random.nextInt(30)) {
      case 0, 1, 2, 3, 4, 5, 6 -> produce();
      case 7 -> hole();
      case 8 -> say("a connection breaks", kafka::breakConnection);
      case 9 -> moveLeader();
      case 10 -> killOrRevive();
      case 11 -> restartBroker();
      case 12 -> say("the coordinator moves", kafka::moveCoordinator);
      case 13 -> freezeBroker();
      case 14 -> replicas();
      case 15 -> replication();
      case 16 -> ownerTopic();
      case 17, 18 -> crash();
      case 19, 20 -> sleep();
      case 21 -> wakeOne();
      case 22 -> second();
      case 23 -> closeCleanly();
      case 24 -> pauseOrResume();
      case 25 -> jumpClock();
      case 26 -> foreignWriter();
      case 27 -> lose();
      case 28 -> source();
      default -> produce();
    }
  }

  private void say(String what, Runnable action) {
    world.trace().line(() -> "-- " + what);
    action.run();
  }

  private int anySource() {
    return random.nextInt(world.topic().partitions());
  }

  private ModelPartition anyTarget() {
    int number = random.nextInt(world.scenario().targetPartitions());
    return kafka.partition(new TopicPartition(SourceTopic.NAME, number));
  }

  private int anyBroker() {
    return random.nextInt(Simulation.BROKERS);
  }

  void produce() {
    int partition = anySource();
    int count = world.topic().produce(partition);
    world.trace().line(() -> "-- %d records for source %d".formatted(count, partition));
  }

  private void hole() {
    world.source().skip(SourceTopic.partition(anySource()), 1 + random.nextInt(3));
  }

  private void moveLeader() {
    ModelPartition partition = anyTarget();
    boolean unclean = world.scenario().loses() && random.nextInt(4) == 0;
    say(
        "another leader for %s%s".formatted(partition.name(), unclean ? ", unclean" : ""),
        () -> kafka.moveLeader(partition, unclean));
    if (unclean && world.scenario().foreign()) {
      // other producers write as much as was lost, so that the length of the log proves nothing
      int records = random.nextInt(MOST_FOREIGN);
      world
          .agenda()
          .after(
              random.nextInt(1_000) * 1_000_000L,
              () -> {
                for (int i = 0; i < records; i++) {
                  write(partition);
                }
              });
    }
  }

  private void killOrRevive() {
    int broker = anyBroker();
    if (kafka.isAlive(broker)) {
      boolean unclean = world.scenario().loses() && random.nextInt(8) == 0;
      say("broker %d dies".formatted(broker), () -> kafka.kill(broker, unclean));
      world.agenda().after(random.nextInt(10) * SECOND, () -> kafka.revive(broker));
    } else {
      say("broker %d is back".formatted(broker), () -> kafka.revive(broker));
    }
  }

  private void restartBroker() {
    int broker = anyBroker();
    if (kafka.isAlive(broker)) {
      say("broker %d restarts".formatted(broker), () -> kafka.restart(broker));
    }
  }

  private void freezeBroker() {
    int broker = anyBroker();
    long nanos = random.nextInt(random.nextInt(5) == 0 ? 60 : 5) * SECOND;
    say(
        "broker %d does nothing for %d s".formatted(broker, nanos / SECOND),
        () -> kafka.freeze(broker, nanos));
  }

  private void replicas() {
    ModelPartition partition = anyTarget();
    if (random.nextBoolean()) {
      say("%s refuses a batch".formatted(partition.name()), () -> partition.refuseNext(1));
      return;
    }
    say(
        "too few replicas of %s".formatted(partition.name()),
        () -> partition.enoughReplicas(false));
    world.agenda().after(random.nextInt(20) * SECOND, () -> partition.enoughReplicas(true));
  }

  private void replication() {
    ModelPartition partition = anyTarget();
    say(
        "the followers of %s stop fetching".formatted(partition.name()),
        () -> partition.replicating(false));
    world.agenda().after(random.nextInt(50) * SECOND, () -> partition.replicating(true));
  }

  private void ownerTopic() {
    boolean gone = random.nextBoolean();
    say("the state topic %s".formatted(gone ? "is gone" : "loses answers"), () -> {});
    if (gone) {
      world.owners().reachable(false);
    } else {
      world.owners().losing(30);
    }
    world
        .agenda()
        .after(
            random.nextInt(30) * SECOND,
            () -> {
              world.owners().reachable(true);
              world.owners().losing(0);
            });
  }

  private void crash() {
    Instance current = instances.current();
    say(current + " crashes", current::crash);
    instances.startIfNone();
  }

  private void sleep() {
    Instance current = instances.current();
    if (current.isAwake()) {
      say(current + " falls asleep", current::sleep);
      instances.start();
    }
  }

  private void wakeOne() {
    List<Instance> asleep = new ArrayList<>();
    for (Instance one : instances.all()) {
      if (one.isAsleep()) {
        asleep.add(one);
      }
    }
    if (!asleep.isEmpty()) {
      Instance one = asleep.get(random.nextInt(asleep.size()));
      boolean byWallOnly = random.nextInt(3) == 0;
      say(one + " wakes up", () -> one.wake(byWallOnly));
    }
  }

  private void second() {
    say("a second instance starts", instances::start);
  }

  private void closeCleanly() {
    Instance current = instances.current();
    say(current + " is closed", current::close);
  }

  private void pauseOrResume() {
    TopicPartition some = SourceTopic.partition(anySource());
    if (random.nextBoolean()) {
      instances.current().pause(some);
    } else {
      instances.current().resume(some);
    }
  }

  private void jumpClock() {
    if (!world.scenario().clocksJump()) {
      return;
    }
    Duration by = Duration.ofSeconds(random.nextInt(1_200) - 600);
    Instance current = instances.current();
    say("the clock of %s jumps by %s".formatted(current, by), () -> current.jumpWall(by));
    // the guarantees don't cover a clock that stays wrong for long
    world.agenda().after(random.nextInt(3_000) * 1_000_000L, () -> current.jumpWall(by.negated()));
  }

  private void foreignWriter() {
    if (world.scenario().foreign()) {
      write(anyTarget());
    }
  }

  /** Appends a record of another producer. */
  void write(ModelPartition target) {
    byte[] value = (TargetTruth.FOREIGN + foreign++).getBytes(UTF_8);
    ReplicationRecord record =
        ReplicationRecord.of(
            0,
            world.agenda().wallMs(),
            value,
            value,
            new ProducerRecord<byte[], byte[]>("any", value).headers());
    target.appendForeign(ModelRecords.encode(List.of(record)));
  }

  /** Removes target records by retention before the link has saved its progress past them. */
  private void lose() {
    ModelPartition partition = anyTarget();
    long known = instances.safeStart(partition);
    long wanted =
        world.scenario().loses() && random.nextInt(3) == 0
            ? partition.highWatermark()
            : Math.min(known, partition.highWatermark());
    long to = Math.min(wanted, partition.oldUntil(world.agenda().wallMs() - LEAST_RETENTION_MS));
    if (to > partition.start()) {
      long begin = partition.start() + 1 + random.nextLong(to - partition.start());
      say("%s begins at %d".formatted(partition.name(), begin), () -> partition.moveStart(begin));
    }
  }

  private void source() {
    InMemoryCluster source = world.source();
    source.unavailable(true);
    world.agenda().after(random.nextInt(10) * SECOND, () -> source.unavailable(false));
  }
}
