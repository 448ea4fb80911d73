package dev.twinlog.testkit.simulator;

import dev.twinlog.PartitionState;
import dev.twinlog.PartitionStatus;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.testkit.simulator.TargetTruth.Way;
import dev.twinlog.testkit.simulator.model.Agenda;
import dev.twinlog.testkit.simulator.model.ModelBatch;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Selects other topics in instances while they run, and the topic again, and pauses it by name, in
 * one of four scenarios without a move. While the topic is not selected none of its records may be
 * written, once it has left an instance that had fenced all others. It draws from a random of its
 * own, so that the other scenarios are the same without it.
 */
final class Selections implements TargetTruth.Guard {
  private static final TopicSelector OTHER = TopicSelector.named("other");
  private static final TopicSelector TOPIC = TopicSelector.named(SourceTopic.NAME);
  private static final List<String> NAMES = List.of(SourceTopic.NAME);

  /** An instance whose close timeout is over leaves writes open. */
  private static final long PROMPTLY = Duration.ofSeconds(4).toNanos();

  private final Instances instances;
  private final Scenario scenario;
  private final Agenda agenda;
  private final Trace trace;
  private final Random random;
  private final boolean active;

  /** The instance that was to leave the topic, from a time on when it copied all of it. */
  private Optional<Instance> leaving = Optional.empty();

  private long since;

  /** The instance that has left it, and is the only one that could write. */
  private @Nullable Instance left;

  Selections(Instances instances, Scenario scenario, Agenda agenda, Trace trace, Random random) {
    this.instances = instances;
    this.scenario = scenario;
    this.agenda = agenda;
    this.trace = trace;
    this.random = random;
    this.active = random.nextInt(4) == 0 && scenario.move() == Scenario.Move.NONE;
  }

  /** Changes the selection of the current instance, or what is paused, or doesn't. */
  void next() {
    if (!active || random.nextInt(3) > 0) {
      return;
    }
    Instance instance = instances.current();
    if (!instance.isAwake() || instance.isEnded() || !instance.isWorking()) {
      return;
    }
    switch (random.nextInt(5)) {
      case 0, 1 -> leave(instance);
      case 2, 3 -> join(instance);
      default -> pauseOrResume(instance);
    }
  }

  private void leave(Instance instance) {
    if (leaving.isEmpty() && left == null && copiesAll(instance)) {
      leaving = Optional.of(instance);
      since = agenda.now();
    }
    trace.line(() -> "-- %s selects another topic".formatted(instance));
    instance.replicator().topics(OTHER);
  }

  private void join(Instance instance) {
    forget();
    trace.line(() -> "-- %s selects the topic".formatted(instance));
    instance.replicator().topics(TOPIC);
  }

  private void pauseOrResume(Instance instance) {
    if (!instance.status().pausedTopics().isEmpty()) {
      trace.line(() -> "-- %s resumes the topic".formatted(instance));
      instance.replicator().resumeTopics(NAMES);
    } else if (!instance.status().partitions().isEmpty()) {
      trace.line(() -> "-- %s pauses the topic".formatted(instance));
      instance.replicator().pauseTopics(NAMES);
    }
  }

  /** Whether it has opened all routes, so that former owners are fenced. */
  private boolean copiesAll(Instance instance) {
    return !scenario.mayLose()
        && instance.status().partitions().size() == scenario.sourcePartitions()
        && instance.status().partitions().values().stream().allMatch(Selections::isCopied);
  }

  private static boolean isCopied(PartitionStatus status) {
    return status.state() == PartitionState.COPYING || status.state() == PartitionState.CAUGHT_UP;
  }

  /** Sees whether an instance has left the topic; about once a second. */
  void look() {
    if (leaving.isPresent() && leaving.get().status().partitions().isEmpty()) {
      Instance instance = leaving.get();
      forget();
      if (agenda.now() - since <= PROMPTLY && instance.isWorking()) {
        trace.line(() -> "-- %s has left the topic".formatted(instance));
        left = instance;
      }
    }
  }

  private void forget() {
    leaving = Optional.empty();
    left = null;
  }

  /** All instances copy the topic again. */
  void end() {
    if (active) {
      for (Instance instance : instances.all()) {
        if (instance.isAwake() && !instance.isEnded() && instance.isWorking()) {
          join(instance);
        }
      }
    }
  }

  // What must hold.

  @Override
  public void appended(Way way, long serial, long offset) {
    if (left != null && instances.current() == left && !left.isEnded()) {
      throw new Violation(
          "%s has got record %d at offset %d, though %s has left the topic"
              .formatted(way, serial, offset, left));
    }
  }

  @Override
  public void marked(int target, ModelBatch marker) {}

  @Override
  public void fenceLost(int target, List<ModelBatch> markers) {
    forget();
  }
}
