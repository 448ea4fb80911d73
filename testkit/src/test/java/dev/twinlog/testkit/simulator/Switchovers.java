package dev.twinlog.testkit.simulator;

import dev.twinlog.FailoverOptions;
import dev.twinlog.FailoverReport;
import dev.twinlog.MoveReport.Outcome;
import dev.twinlog.MoveTakenOverException;
import dev.twinlog.PartitionState;
import dev.twinlog.SwitchoverOptions;
import dev.twinlog.SwitchoverReport;
import dev.twinlog.internal.progress.MoveHeader;
import dev.twinlog.spi.FencedException;
import dev.twinlog.spi.ReplicationException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.LongConsumer;
import org.apache.kafka.common.TopicPartition;

/**
 * Switches the link of a scenario over, in the instances that run it, while they are disturbed,
 * records are written, and deadlines pass. Some die on the way; others repeat it; in some scenarios
 * another process, or the same one, fails the link over meanwhile.
 */
final class Switchovers {
  private static final long MILLI = 1_000_000L;
  private static final long SECOND = 1_000 * MILLI;
  private static final Duration PATIENT = Duration.ofMinutes(2);

  /** How much longer than its timeout a switchover may take: to commit, or to be taken back. */
  private static final Duration LONGER = Duration.ofMinutes(5);

  /** After that time and so many steps an instance must have resumed what it has held. */
  private static final long RESUMED_NANOS = 3 * SECOND;

  private static final int RESUMED_STEPS = 20;
  private static final int ATTEMPTS = 5;
  private static final int QUESTIONS = 20;
  private static final int MOST_SECONDS = 3_600;

  private final World world;
  private final Instances instances;
  private final Disturbances disturbances;
  private final Moves moves;
  private final MoveTruth truth;
  private final TranslationCheck translations;
  private final Random random;
  private final LongConsumer pass;
  private final int begin;
  private final boolean failsOver;
  private final List<Call> calls = new ArrayList<>();
  private final List<Failing> failovers = new ArrayList<>();
  private final List<Resuming> resuming = new ArrayList<>();

  /** Those that may not have taken back what they had begun, as they have said. */
  private final Set<Instance> incomplete = new HashSet<>();

  private int mortals;

  /**
   * Switchovers of a world.
   *
   * @param moves fails the link over
   * @param random decides all about switchovers
   * @param pass lets that many nanoseconds pass
   */
  Switchovers(
      World world,
      Instances instances,
      Disturbances disturbances,
      Moves moves,
      MoveTruth truth,
      TranslationCheck translations,
      Random random,
      LongConsumer pass) {
    this.world = world;
    this.instances = instances;
    this.disturbances = disturbances;
    this.moves = moves;
    this.truth = truth;
    this.translations = translations;
    this.random = random;
    this.pass = pass;
    this.begin = world.scenario().steps() / 4 + random.nextInt(world.scenario().steps() / 4);
    this.failsOver = random.nextInt(4) == 0;
    this.mortals = random.nextInt(3);
  }

  /** A call that is under way. */
  private static final class Call {
    final Instance instance;
    final Caller<SwitchoverReport> caller;
    final boolean movedBefore;
    final Set<TopicPartition> heldBefore;
    long left;

    Call(
        Instance instance,
        Caller<SwitchoverReport> caller,
        boolean movedBefore,
        Set<TopicPartition> heldBefore,
        long left) {
      this.instance = instance;
      this.caller = caller;
      this.movedBefore = movedBefore;
      this.heldBefore = heldBefore;
      this.left = left;
    }
  }

  /** A failover that is under way in an instance that runs the link. */
  private record Failing(Instance instance, Caller<FailoverReport> caller, boolean movedBefore) {}

  /** An instance that must copy again as it did before. */
  private static final class Resuming {
    final Instance instance;
    final Set<TopicPartition> heldBefore;
    final long since;
    int steps;

    Resuming(Instance instance, Set<TopicPartition> heldBefore, long since) {
      this.instance = instance;
      this.heldBefore = heldBefore;
      this.since = since;
    }
  }

  /** Whether the link is switched over, now or later. */
  boolean arePlanned() {
    return world.scenario().move() == Scenario.Move.SWITCHOVER;
  }

  /** Begins a switchover, or a failover, at some of the calls. */
  void next(int step) {
    if (!arePlanned() || step < begin) {
      return;
    }
    if (failsOver && random.nextInt(calls.isEmpty() ? 20 : 4) == 0) {
      if (random.nextBoolean()) {
        failOver();
      } else {
        moves.failOver(random.nextInt(3) == 0, true);
      }
    } else if (step == begin || random.nextInt(truth.isFinal() ? 15 : 5) == 0) {
      if (random.nextInt(4) > 0) {
        catchUp(); // else it is mostly refused
      }
      Duration timeout = random.nextInt(3) == 0 ? anyOf(5_000) : Duration.ofMinutes(1);
      call(anyInstance(), SwitchoverOptions.defaults().timeout(timeout).quietFor(quiet()), true);
      meanwhile();
    }
  }

  /** What happens while it is under way, apart from what would happen anyway. */
  private void meanwhile() {
    boolean disturbed = random.nextInt(3) == 0;
    for (int left = random.nextInt(12); left > 0 && !calls.isEmpty(); left--) {
      pass.accept(random.nextInt(disturbed ? 400 : 2_000) * MILLI);
      if (disturbed) {
        disturbances.next();
      }
    }
  }

  /** Waits a while until the link has copied what is there. */
  private void catchUp() {
    world.source().unavailable(false);
    world.owners().reachable(true);
    instances.hearEverything();
    if (random.nextBoolean()) {
      world.kafka().heal();
    }
    instances.startIfNone();
    instances.current().resumeAll();
    for (int left = 150; left > 0 && !truth.isFinal() && !isCaughtUp(); left--) {
      pass.accept(200 * MILLI);
    }
  }

  private boolean isCaughtUp() {
    Instance current = instances.current();
    return current.isAwake()
        && current.status().partitions().size() == world.topic().partitions()
        && current.status().partitions().values().stream()
            .allMatch(one -> one.state() == PartitionState.CAUGHT_UP);
  }

  private Duration quiet() {
    return random.nextInt(3) == 0 ? Duration.ofMillis(20) : anyOf(2_000);
  }

  private Duration anyOf(int millis) {
    return Duration.ofMillis(1 + random.nextInt(millis));
  }

  /** Mostly the one that runs it; else one that starts it only if nothing speaks against it. */
  private Instance anyInstance() {
    return random.nextInt(5) == 0 ? instances.prepare() : instances.current();
  }

  private void call(Instance current, SwitchoverOptions options, boolean disturbed) {
    if (!current.isAwake() || current.isMoving()) {
      return;
    }
    boolean mortal = disturbed && mortals > 0;
    say(current + " switches the link over" + (mortal ? ", and may die" : ""));
    int[] lives = {mortal ? 1 + random.nextInt(60) : Integer.MAX_VALUE};
    Caller<SwitchoverReport> caller =
        current.switchOver(
            options,
            () -> {
              if (--lives[0] <= 0) {
                mortals--;
                say(current + " is killed where it is");
                current.crash();
              }
              if (disturbed && random.nextInt(30) == 0) {
                disturbances.produce();
              }
            });
    long most = options.timeout().plus(LONGER).toNanos();
    calls.add(new Call(current, caller, truth.isDone(), current.held(), most));
    if (disturbed && random.nextInt(10) == 0) {
      world.agenda().after(random.nextInt(3_000) * MILLI, caller::interrupt);
    }
  }

  /** An instance fails the link over that runs it, if possible one that switches it over. */
  private void failOver() {
    Instance instance = calls.isEmpty() ? instances.current() : calls.get(0).instance;
    if (instance.isAwake() && !instance.isNew() && failovers.isEmpty()) {
      say(instance + " fails the link over");
      FailoverOptions options = FailoverOptions.defaults().deadline(Duration.ofMinutes(1));
      failovers.add(new Failing(instance, instance.failOver(options, () -> {}), truth.isDone()));
    }
  }

  // While they are under way.

  /** Looks at what has become of the calls; called after each step. */
  void look() {
    for (Call call : List.copyOf(calls)) {
      if (call.caller.hasEnded()) {
        calls.remove(call);
        ended(call);
      }
    }
    for (Failing failing : List.copyOf(failovers)) {
      if (failing.caller.hasEnded()) {
        failovers.remove(failing);
        ended(failing);
      }
    }
    resuming.removeIf(this::hasResumed);
  }

  private void ended(Failing failing) {
    if (failing.caller.wasKilled()) {
      return;
    }
    try {
      FailoverReport report = failing.caller.answer();
      say("%s: %s %s".formatted(failing.instance, report.outcome(), report.todo()));
      moves.judge(report, failing.movedBefore);
    } catch (ReplicationException | IllegalStateException e) {
      say("%s could not fail over: %s".formatted(failing.instance, e));
    }
  }

  /** Time has passed for those that are awake. */
  void passed(long nanos) {
    for (Call call : calls) {
      if (call.instance.isAwake()) {
        call.left -= nanos;
        if (call.left < 0) {
          throw new Violation("the switchover in %s does not end".formatted(call.instance));
        }
      }
    }
  }

  private void ended(Call call) {
    if (call.caller.wasKilled()) {
      return;
    }
    judge(call);
    if (call.instance.isNew()) {
      call.instance.close(); // its process ends with the call
    }
  }

  private void judge(Call call) {
    try {
      SwitchoverReport report = call.caller.answer();
      say(
          "%s: %s %s %s"
              .formatted(call.instance, report.outcome(), report.refusals(), report.todo()));
      judge(report, call);
      call.instance.reported(report);
    } catch (MoveTakenOverException | FencedException e) {
      say("%s does not own the link any more: %s".formatted(call.instance, e)); // and is ending
    } catch (ReplicationException | IllegalStateException e) {
      say("%s could not switch over: %s".formatted(call.instance, e));
      mustResume(call);
    }
  }

  private void mustResume(Call call) {
    resuming.add(new Resuming(call.instance, call.heldBefore, world.agenda().now()));
  }

  private void judge(SwitchoverReport report, Call call) {
    switch (report.outcome()) {
      case DONE, DONE_WITH_LOSS -> done(report, call.movedBefore);
      case REFUSED, ABORTED -> {
        if (truth.header().filter(header -> header.id().equals(report.id())).isPresent()) {
          throw new Violation(
              "%s of %s, of which %s is stored"
                  .formatted(report.outcome(), report.id(), truth.header().get()));
        }
        mustResume(call);
      }
      case INCOMPLETE -> {
        incomplete.add(call.instance);
        mustResume(call); // unless it has ended, since it may be moved
      }
      default -> throw new Violation("the outcome is " + report.outcome());
    }
  }

  private void done(SwitchoverReport report, boolean before) {
    MoveHeader stored = truth.header().filter(MoveHeader::isDone).orElse(null);
    if (stored == null || !stored.id().equals(report.id()) || (before && !report.repeated())) {
      throw new Violation(
          "%s of %s, repeated: %s, and %s is stored"
              .formatted(report.outcome(), report.id(), report.repeated(), stored));
    }
    truth.requireReported(report);
    if (!world.scenario().mayLose()) {
      translations.checkStored(truth.seams(), QUESTIONS);
    }
    report.writtenAfterCut().ifPresent(truth::checkWritten);
    boolean lossless = report.writtenAfterCut().orElse(-1) == 0;
    if ((report.outcome() == Outcome.DONE) != lossless) {
      throw new Violation(
          "%s, with %s written after the cut"
              .formatted(report.outcome(), report.writtenAfterCut()));
    }
  }

  private boolean hasResumed(Resuming one) {
    Instance instance = one.instance;
    if (!instance.isAwake() || instance.isEnded() || instance.isMoving() || !instance.isWorking()) {
      return true; // nothing is expected of it any more
    }
    one.steps++;
    if (one.steps < RESUMED_STEPS || world.agenda().now() - one.since < RESUMED_NANOS) {
      return false;
    }
    Set<TopicPartition> held = instance.held();
    held.removeAll(one.heldBefore);
    if (!held.isEmpty()) {
      throw new Violation(
          "%s does not copy %s, though its switchover is taken back: %s"
              .formatted(instance, held, instance.status().partitions()));
    }
    return true;
  }

  // The end.

  /** Waits until all calls have ended, while nothing is in the way. */
  void settle() {
    for (int i = 0; i < MOST_SECONDS && calls.size() + failovers.size() > 0; i++) {
      pass.accept(SECOND);
    }
    if (calls.size() + failovers.size() > 0) {
      throw new Violation("moves don't end: %s %s".formatted(calls, failovers));
    }
    pass.accept(10 * SECOND); // what was taken back has been resumed
  }

  /** The link copies: then nothing may be left of what was taken back. */
  void requireForgotten() {
    if (!incomplete.contains(instances.current())) {
      truth.requireForgotten();
    }
  }

  /** Ends what was begun, or begins it; then the link must stay moved. */
  void finish() {
    for (int i = 0; i < ATTEMPTS && !truth.isFinal(); i++) {
      instances.startIfNone();
      pass.accept(5 * SECOND);
      call(anyInstance(), SwitchoverOptions.defaults().timeout(PATIENT).quietFor(quiet()), false);
      settle();
    }
    if (!truth.isFinal()) {
      if (world.scenario().mayLose()) {
        return; // a loss may need a decision
      }
      throw new Violation("the link could not be switched over after all was healed");
    }
    if (!truth.isDone()) {
      moves.finish(); // a failover was begun
      return;
    }
    moves.requireMoved();
    repeat();
    truth.check();
  }

  /** A caller that repeats it gets the same report. */
  private void repeat() {
    instances.startIfNone();
    pass.accept(random.nextInt(3) * SECOND);
    call(anyInstance(), SwitchoverOptions.defaults().timeout(PATIENT), false);
    settle();
  }

  private void say(String what) {
    world.trace().line(() -> "-- " + what);
  }
}
