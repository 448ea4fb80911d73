package dev.twinlog.testkit.simulator;

import dev.twinlog.FailoverReport;
import dev.twinlog.LinkState;
import dev.twinlog.MoveReport.Outcome;
import dev.twinlog.spi.ReplicationException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import java.util.function.Supplier;

/**
 * Moves the link of a scenario: processes that don't run it fail it over while it runs, sleeps, is
 * dead, or can't reach its state. Some die on the way, and others repeat what they have begun.
 */
final class Moves {
  private static final long SECOND = 1_000_000_000L;
  private static final Duration HASTY = Duration.ofSeconds(60);

  /** Long enough to wait for a former owner that can't be fenced. */
  private static final Duration PATIENT = Duration.ofMinutes(5);

  private static final int FIRST = 1_000;
  private static final int ATTEMPTS = 5;

  private final World world;
  private final Instances instances;
  private final Disturbances disturbances;
  private final Supplier<InstanceParts> parts;
  private final LongConsumer pass;
  private final MoveTruth truth;
  private final Random random;
  private final int begin;
  private int mortals;
  private int started;

  /**
   * Moves of a world.
   *
   * @param random decides all about moves
   * @param pass lets that many nanoseconds pass
   */
  Moves(
      World world,
      Instances instances,
      Disturbances disturbances,
      Supplier<InstanceParts> parts,
      MoveTruth truth,
      Random random,
      LongConsumer pass) {
    this.world = world;
    this.instances = instances;
    this.disturbances = disturbances;
    this.parts = parts;
    this.truth = truth;
    this.random = random;
    this.pass = pass;
    this.begin = world.scenario().steps() / 4 + random.nextInt(world.scenario().steps() / 2);
    this.mortals = random.nextInt(4);
  }

  /** Whether the link is failed over, now or later. */
  boolean arePlanned() {
    return world.scenario().move() == Scenario.Move.FAILOVER;
  }

  /** Begins a failover, or continues one, at some of the calls. */
  void next(int step) {
    if (!arePlanned() || step < begin) {
      return;
    }
    if (step == begin) {
      if (random.nextInt(3) == 0) {
        fallBehind();
      }
      meetOwner();
    } else if (random.nextInt(truth.isDone() ? 10 : 2) > 0) {
      return;
    }
    boolean mortal = mortals-- > 0;
    failOver(mortal, true);
  }

  /** A partition is paused, and its source grows: the link knows what it has not copied. */
  private void fallBehind() {
    int partition = random.nextInt(world.topic().partitions());
    instances.current().pause(SourceTopic.partition(partition));
    for (int i = 0; i < 3; i++) {
      world.topic().produce(partition);
      pass.accept((1 + random.nextInt(10)) * SECOND);
    }
  }

  /** What has become of the owner when the link is failed over. */
  private void meetOwner() {
    Instance current = instances.current();
    switch (random.nextInt(5)) {
      case 0 -> {
        say("all instances crash");
        instances.all().forEach(Instance::crash);
      }
      case 1 -> {
        if (current.isAwake()) {
          say(current + " falls asleep");
          current.sleep();
          world.agenda().after((1 + random.nextInt(60)) * SECOND, () -> wake(current));
        }
      }
      case 2 -> {
        int owner = world.owners().owner();
        say("instance %d can't reach the state topic".formatted(owner));
        world.owners().cutOff(owner, true);
        world
            .agenda()
            .after(random.nextInt(60) * SECOND, () -> world.owners().cutOff(owner, false));
      }
      default -> {
        for (int i = random.nextInt(4); i > 0; i--) {
          disturbances.produce();
        }
      }
    }
  }

  private static void wake(Instance instance) {
    if (instance.isAsleep()) {
      instance.wake(false);
    }
  }

  /** Ends what was begun, or begins it, while nothing is in the way. */
  void finish() {
    for (int i = 0; i < ATTEMPTS && !truth.isDone(); i++) {
      failOver(false, false);
      pass.accept(5 * SECOND);
    }
    if (!truth.isDone()) {
      throw new Violation("the link could not be failed over after all was healed");
    }
    requireMoved();
    truth.check();
  }

  /** An instance that is started now must not copy. */
  void requireMoved() {
    instances.start();
    Instance fresh = instances.current();
    for (int i = 0; i < 120 && !fresh.isEnded(); i++) {
      pass.accept(SECOND);
    }
    if (fresh.status().state() != LinkState.MOVED) {
      throw new Violation(
          "%s is %s, though the link is moved".formatted(fresh, fresh.status().state()));
    }
  }

  /** A process fails the link over. */
  void failOver(boolean mortal, boolean disturbed) {
    boolean before = truth.isDone();
    OtherProcess process =
        new OtherProcess(
            world,
            FIRST + started++,
            parts.get().ofMove(),
            instances::letTimePass,
            new OtherProcess.Fate(
                nanos -> meanwhile(nanos, disturbed), mortal ? deadly() : () -> false));
    say(process + " fails the link over" + (mortal ? ", and may die" : ""));
    instances.others().add(process);
    try {
      FailoverReport report = process.failover(disturbed ? HASTY : PATIENT);
      say(process + ": " + report.outcome() + " " + report.todo());
      judge(report, before);
    } catch (OtherProcess.Killed e) {
      say(process + " was killed");
    } catch (ReplicationException e) {
      say(process + " has failed: " + e);
    } finally {
      instances.others().remove(process);
    }
  }

  private BooleanSupplier deadly() {
    int[] left = {1 + random.nextInt(25)};
    return () -> --left[0] <= 0;
  }

  private void meanwhile(long nanos, boolean disturbed) {
    if (disturbed && random.nextInt(20) == 0) {
      disturbances.next();
    }
    pass.accept(nanos);
  }

  /**
   * Judges what a failover says that it has done.
   *
   * @param before whether the link was moved before it
   */
  void judge(FailoverReport report, boolean before) {
    boolean done = List.of(Outcome.DONE, Outcome.DONE_WITH_LOSS).contains(report.outcome());
    if (!done) {
      return;
    }
    // a switchover may have been done meanwhile
    boolean wrong = arePlanned() ? report.repeated() != before : before && !report.repeated();
    if (!truth.isDone() || wrong) {
      throw new Violation("%s, repeated: %s".formatted(report.outcome(), report.repeated()));
    }
    truth.requireReported(report);
  }

  private void say(String what) {
    world.trace().line(() -> "-- " + what);
  }
}
