package dev.twinlog.testkit.simulator;

import dev.twinlog.PartitionState;
import dev.twinlog.PartitionStatus;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.StoredEntry;
import dev.twinlog.testkit.InMemoryCluster;
import dev.twinlog.testkit.VirtualClock;
import dev.twinlog.testkit.simulator.model.Agenda;
import dev.twinlog.testkit.simulator.model.ModelKafka;
import dev.twinlog.testkit.simulator.model.ModelSettings;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.apache.kafka.common.TopicPartition;

/**
 * Runs one seed: a link under faults, with all guarantees checked after each step; then everything
 * is healed, and each record must be in the target once. Not thread-safe.
 */
public final class Simulation {
  static final int BROKERS = 3;

  /** {@code transactional.id.expiration.ms}. */
  static final long ID_MS = Duration.ofHours(1).toMillis();

  private static final long START_MS = Instant.parse("2026-01-01T00:00:00Z").toEpochMilli();

  /** The prefix of transactional ids that were never rotated. */
  private static final String FIRST_GENERATION = "twinlog.%s.0/".formatted(Instance.LINK);

  private static final long MILLI = 1_000_000L;

  /** The interval at which the status of instances is compared with the truth. */
  private static final long LOOK_NANOS = 1_000 * MILLI;

  private static final int CHECK_MS = 10_000;
  private static final int OWNER_MS = 50;
  private static final int MOST_ROUNDS = 1_000;
  private static final int MAX_BATCH_BYTES = 2_000;
  private static final Duration HEALING = Duration.ofMinutes(15);

  private final Random random;
  private final Scenario scenario;
  private final World world;
  private final Witness witness;
  private final Instances instances;
  private final Disturbances disturbances;
  private final Throttles throttles;
  private final Skips skips;
  private final Selections selections;
  private final LaneChanges laneChanges;
  private final CompoundFaultInjector compoundFaults;
  private final MoveTruth moved;
  private final Moves moves;
  private final Switchovers switchovers;
  private final TranslationCheck translations;
  private final StatusCheck statuses;
  private final Supplier<Reversal> reversal;
  private long lookedAt;

  /**
   * A simulation of the seed's own scenario.
   *
   * @param parts of each instance
   * @param out receives the trace, if {@code traced}
   */
  public Simulation(
      long seed, Supplier<InstanceParts> parts, Consumer<String> out, boolean traced) {
    this(seed, parts, scenario -> scenario, out, traced);
  }

  /**
   * A simulation of a scenario that is derived from the seed's.
   *
   * @param focus changes the scenario that the seed gives
   */
  Simulation(
      long seed,
      Supplier<InstanceParts> parts,
      UnaryOperator<Scenario> focus,
      Consumer<String> out,
      boolean traced) {
    this.random = new Random(seed * 0x9e3779b97f4a7c15L);
    Random moving = new Random(seed * 0x9e3779b97f4a7c15L + 1);
    Random reversing = new Random(seed * 0xd1b54a32d192ed03L + 2);
    this.scenario = focus.apply(Scenario.of(random, moving, reversing));
    Agenda agenda = new Agenda(START_MS);
    Trace trace = new Trace(agenda, out, traced);
    trace.line(scenario::toString);
    VirtualClock clock = VirtualClock.startingAt(Instant.ofEpochMilli(START_MS));
    TargetTruth target = new TargetTruth(trace, agenda::now);
    ModelSettings settings =
        new ModelSettings(
            BROKERS, scenario.memoryMs(), CHECK_MS, ID_MS, scenario.lateMs(), scenario.times());
    ModelKafka kafka = new ModelKafka(agenda, random, settings, target);
    kafka.createTopic(SourceTopic.NAME, scenario.targetPartitions(), MAX_BATCH_BYTES);
    kafka.mayWriteMarkers(scenario.markersAllowed());
    kafka.firstEpoch(id -> (short) (id.startsWith(FIRST_GENERATION) ? scenario.firstEpoch() : 0));
    InMemoryCluster source = InMemoryCluster.create("source", clock);
    DeadLetterTopic letters =
        new DeadLetterTopic(scenario, new Random(seed * 0xd1b54a32d192ed03L + 3));
    SourceTopic topic = new SourceTopic(source, agenda, random, scenario, letters);
    ProgressCheck progress = new ProgressCheck(topic, target, kafka, SourceTopic.NAME);
    this.moved = new MoveTruth(scenario, agenda, source, topic, target, kafka, progress);
    target.guard(moved);
    this.skips =
        new Skips(topic, scenario, trace, new Random(seed * 0xd1b54a32d192ed03L), agenda::now);
    target.guard(skips);
    OwnerTopic owners =
        new OwnerTopic(
            agenda,
            random,
            OWNER_MS,
            new Saves(trace, progress, moved, skips, saved -> letters.saved(saved, topic, source)),
            scenario.move() != Scenario.Move.NONE);
    this.world =
        new World(
            agenda, clock, random, scenario, source, topic, kafka, target, owners, letters, trace);
    this.witness = new Witness(topic, target, owners, agenda::now, trace);
    witness.whenReplaced(skips::replaced);
    this.instances = new Instances(world, parts, witness);
    this.disturbances = new Disturbances(world, instances);
    this.throttles =
        new Throttles(instances, trace, new Random(new SplittableRandom(seed).nextLong()));
    this.selections =
        new Selections(
            instances, scenario, agenda, trace, new Random(seed * 0xd1b54a32d192ed03L + 1));
    target.guard(selections);
    this.laneChanges = new LaneChanges(scenario, trace, new Random(seed * 0xd1b54a32d192ed03L + 4));
    this.compoundFaults = new CompoundFaultInjector(world, instances, disturbances, this::pass);
    this.moves = new Moves(world, instances, disturbances, parts, moved, moving, this::pass);
    this.translations = new TranslationCheck(world, random);
    this.switchovers =
        new Switchovers(
            world, instances, disturbances, moves, moved, translations, moving, this::pass);
    this.statuses = new StatusCheck(world);
    this.reversal = () -> new Reversal(world, instances, disturbances, parts, moved, reversing);
  }

  /**
   * Runs the simulation to its end.
   *
   * @throws Violation as soon as a guarantee is broken
   */
  public void run() {
    try {
      runToTheEnd();
    } finally {
      instances.killAll(); // their threads would wait for ever
    }
  }

  private void runToTheEnd() {
    instances.start();
    for (int step = 0; step < scenario.steps(); step++) {
      instances.startIfNone();
      disturbances.next();
      throttles.next();
      skips.next(instances.current());
      selections.next();
      laneChanges.next(instances.current());
      compoundFaults.next();
      moves.next(step);
      switchovers.next(step);
      pass();
      checkTranslations();
    }
    healAll();
    if (moves.arePlanned()) {
      moves.finish();
      end();
      moved.check();
      reverse();
      return;
    }
    if (switchovers.arePlanned()) {
      switchovers.settle();
      if (!moved.isFinal()) {
        copyAll(); // as if nothing had been
        checkEverything();
        switchovers.requireForgotten();
      }
      switchovers.finish();
      if (!moved.isFinal()) {
        copyAll(); // or it stops again for the loss that needs a decision
      }
      end();
      if (moved.isFinal()) {
        moved.check();
        reverse();
      } else {
        checkNothingMissing();
      }
      return;
    }
    copyAll();
    checkEverything();
    end();
    checkNothingMissing();
  }

  private void reverse() {
    if (scenario.reversed() && !scenario.mayLose()) {
      reversal.get().run();
    }
  }

  // Time.

  /** Lets a random time pass: mostly little, sometimes as long as brokers remember producers. */
  private void pass() {
    long millis =
        switch (random.nextInt(12)) {
          case 0, 1, 2, 3 -> random.nextInt(20);
          case 4, 5, 6 -> random.nextInt(300);
          case 7, 8, 9 -> random.nextInt(3_000);
          case 10 -> random.nextInt(30_000);
          default -> random.nextInt(3) == 0 ? random.nextInt((int) scenario.memoryMs()) : 100;
        };
    pass(millis * MILLI);
  }

  private void pass(long nanos) {
    long most = nanos > 10_000 * MILLI ? 1_000 * MILLI : 200 * MILLI;
    long left = nanos;
    while (left > 0) {
      boolean worked = stepAll();
      long slice = Math.min(left, worked ? MILLI : idleSlice(most));
      moved.look();
      instances.letTimePass(slice);
      switchovers.passed(slice);
      left -= slice;
      if (world.agenda().now() - lookedAt > LOOK_NANOS) {
        look();
      }
    }
    stepAll();
    look();
  }

  private void look() {
    lookedAt = world.agenda().now();
    statuses.look(instances);
    selections.look();
  }

  /** The time to the next event while no instance has anything to do, within a bound. */
  private long idleSlice(long most) {
    long next = Math.max(MILLI, world.agenda().nanosToNext());
    return Math.min(next, most);
  }

  private boolean stepAll() {
    boolean worked = false;
    for (Instance instance : List.copyOf(instances.all())) {
      if (instance.isAwake() && !instance.isEnded()) {
        worked |= instance.step();
      }
    }
    instances.others().forEach(OtherProcess::poll);
    switchovers.look();
    return worked;
  }

  // The end.

  private void healAll() {
    world.trace().line(() -> "-- everything is healed");
    world.kafka().heal();
    world.source().unavailable(false);
    instances.hearEverything();
    world.owners().reachable(true);
    world.owners().losing(0);
    for (Instance instance : instances.all()) {
      if (instance.isAsleep()) {
        instance.wake(false);
      }
    }
    world.letters().heal();
    throttles.end();
    selections.end();
  }

  private void copyAll() {
    long deadline = world.agenda().now() + HEALING.toNanos();
    boolean copied = false;
    while (!copied && world.agenda().now() < deadline) {
      instances.startIfNone();
      instances.current().resumeAll();
      pass(2_000 * MILLI);
      copied = isCopied();
    }
  }

  private boolean isCopied() {
    Instance current = instances.current();
    return current.isAwake()
        && !current.isEnded()
        && current.status().partitions().size() == scenario.sourcePartitions()
        && current.status().partitions().entrySet().stream()
            .allMatch(one -> isCopied(one.getKey(), one.getValue()));
  }

  private boolean isCopied(TopicPartition source, PartitionStatus status) {
    // a loss may need a decision: then the partition has stopped, with the reason
    return status.state() == PartitionState.STOPPED
        ? scenario.mayLose()
        : status.state() == PartitionState.CAUGHT_UP
            && status.sourcePosition() == world.source().endOffset(source);
  }

  private void end() {
    for (Instance instance : List.copyOf(instances.all())) {
      instance.close();
    }
    for (int i = 0;
        i < MOST_ROUNDS && instances.all().stream().anyMatch(one -> !one.isEnded());
        i++) {
      pass(100 * MILLI);
    }
    for (Instance instance : instances.all()) {
      if (!instance.isEnded()) {
        throw new Violation(instance + " does not end");
      }
    }
  }

  // Checks.

  private void checkTranslations() {
    Instance current = instances.current();
    if (current.isAwake() && !scenario.mayLose() && !moved.isFailedOver()) {
      translations.check(current, 3);
    }
  }

  private void checkEverything() {
    if (!isCopied()) {
      throw new Violation(
          "not everything is copied %s after all was healed: %s; coordinator: %s"
              .formatted(HEALING, instances.current().status(), world.kafka().transactions()));
    }
    checkNothingStopped();
    checkNothingMissing();
    if (!scenario.mayLose()) {
      translations.check(instances.current(), 50);
    }
  }

  /** Checks that no partition has stopped where nothing was lost. */
  private void checkNothingStopped() {
    if (!scenario.mayLose() && !witness.stopped().isEmpty()) {
      throw new Violation(
          "the partitions %s have stopped, where nothing was lost: %s"
              .formatted(
                  witness.stopped(),
                  instances.current().status().partitions().values().stream()
                      .map(PartitionStatus::toString)
                      .toList()));
    }
  }

  /**
   * Whether a loss need not have been noticed yet: nothing notices it until the route is written or
   * opened again.
   */
  private static boolean mayBeSilent(RouteTruth there, long serial) {
    return there.last() < serial || there.isRetired(serial);
  }

  private boolean hasStopped(int source) {
    PartitionStatus status =
        instances.current().status().partitions().get(SourceTopic.partition(source));
    return scenario.mayLose() && status != null && status.state() == PartitionState.STOPPED;
  }

  private void checkNothingMissing() {
    for (int source = 0; source < scenario.sourcePartitions(); source++) {
      SourceTruth truth = world.topic().truth(source);
      for (int target = 0; target < scenario.targetPartitions(); target++) {
        RouteTruth there = world.target().route(source, target);
        LongList expected = truth.expected(target);
        for (int i = 0; i < expected.size(); i++) {
          long serial = expected.get(i);
          boolean excused =
              truth.isLost(serial)
                  || hasStopped(source)
                  || (there.wasLost(serial)
                      && (mayBeSilent(there, serial)
                          || witness.hasStoppedSince(source, there.lostAt(serial))));
          if (!there.holds(serial) && !excused) {
            throw new Violation(
                "route %d > %d: serial %d of source offset %d is missing"
                    .formatted(source, target, serial, truth.offset(serial)));
          }
        }
      }
    }
  }

  /** Checks what is saved. */
  private record Saves(
      Trace trace,
      ProgressCheck progress,
      MoveTruth moved,
      Skips skips,
      Consumer<Collection<Progress>> letters)
      implements OwnerTopic.Watcher {
    @Override
    public void progress(Collection<Progress> saved) {
      trace.line(() -> "saved " + saved);
      progress.saved(saved);
      moved.saved(saved);
      skips.saved(saved);
      letters.accept(saved);
    }

    @Override
    public void entries(Collection<StoredEntry> saved) {
      trace.line(() -> "saved " + saved);
      moved.entries(saved);
    }
  }
}
