package dev.twinlog.internal.verify;

import dev.twinlog.VerifyDifference;
import dev.twinlog.VerifyDifference.Kind;
import dev.twinlog.spi.PartitionFailedException;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Compares one window of a target partition with the source partitions that are copied into it.
 *
 * <p>Both logs are walked in the order of target offsets. Invariant: everything of the target
 * before the current run, and everything of each source before its route's current run, was
 * compared and given back.
 *
 * <p>Confined to one thread.
 */
final class TargetComparison {
  /** What {@link #advance} needs to go on. */
  enum Wants {
    SOURCE,
    TARGET,
    NOTHING
  }

  private final TopicPartition partition;
  private final List<RouteWalk> walks;
  private final LogSide target;
  private final ComparisonRules rules;
  private final RunComparison runs;
  private final OutsideRuns outside;
  private boolean finished;
  private boolean endedEarly;

  /**
   * Begins at the first run of each walk.
   *
   * @param walks the routes into the partition; at least one
   * @param target empty, at the offset at which the comparison begins
   */
  TargetComparison(
      TopicPartition partition, List<RouteWalk> walks, LogSide target, ComparisonRules rules) {
    this.partition = partition;
    this.walks = walks;
    this.target = target;
    this.rules = rules;
    this.runs = new RunComparison(target, rules);
    this.outside = new OutsideRuns(target, walks, rules);
  }

  TopicPartition partition() {
    return partition;
  }

  List<RouteWalk> walks() {
    return walks;
  }

  LogSide target() {
    return target;
  }

  /** Compares what has arrived, and says what has to arrive next. */
  Wants advance() {
    if (finished) {
      return Wants.NOTHING;
    }
    Optional<String> failure = target.failure();
    for (RouteWalk walk : walks) {
      failure = failure.or(walk.source()::failure);
    }
    if (failure.isPresent()) {
      reportDamage();
      end(failure.get());
      return Wants.NOTHING;
    }
    try {
      while (true) {
        RouteWalk walk = current();
        Wants wants = walk == null ? rest() : run(walk);
        if (wants != Wants.NOTHING || finished) {
          return wants;
        }
        if (walk == null) {
          finish();
          return Wants.NOTHING;
        }
      }
    } catch (PartitionFailedException e) {
      end(String.valueOf(e.getMessage()));
      return Wants.NOTHING;
    }
  }

  /** The route whose next run is the first one in the target. */
  private @Nullable RouteWalk current() {
    RouteWalk first = null;
    for (RouteWalk walk : walks) {
      if (walk.hasRun() && (first == null || walk.to() < first.to())) {
        first = walk;
      }
    }
    return first;
  }

  /** Compares as much of the current run as has arrived; nothing is wanted if it is at its end. */
  private Wants run(RouteWalk walk) {
    target.trim();
    walk.source().trim();
    leaveOutLost(walk);
    if (!outside.targetBefore(walk.to())) {
      return Wants.TARGET;
    }
    long skipped = walk.skipped(target);
    if (skipped > 0) {
      return skip(walk, skipped);
    }
    if (!outside.sourceBefore(walk, walk.from())) {
      return Wants.SOURCE;
    }
    return runs.compare(walk);
  }

  /** Retention goes on meanwhile: what it has removed before it was read is not compared. */
  private void leaveOutLost(RouteWalk walk) {
    long lost = walk.source().lostBelow();
    if (lost > walk.sourceFrom()) {
      walk.startsAt(lost);
      walk.findings()
          .note("retention at the source has removed offsets up to %d meanwhile".formatted(lost));
    }
    if (target.lostBelow() > walk.window().from()) {
      walk.findings()
          .note(
              "retention in the target has removed offsets up to %d meanwhile"
                  .formatted(target.lostBelow()));
    }
  }

  /** Leaves offsets out: they are before what is compared, or not single ones in the map. */
  private Wants skip(RouteWalk walk, long offsets) {
    long targetNext = walk.isMapped() ? walk.to() + offsets : walk.toNext();
    if (!walk.isMapped()) {
      walk.findings()
          .reasonOnce(
              "the offset map has no single offsets for some ranges of the source",
              ": the first is [%d, %d)".formatted(walk.from(), walk.from() + offsets));
      if (targetNext == Long.MAX_VALUE) {
        end("where these records end in the target is not known");
        return Wants.NOTHING;
      }
    }
    long sourceNext = walk.from() + offsets;
    if (!outside.passTarget(targetNext)) {
      return Wants.TARGET;
    }
    if (!outside.passSource(walk, sourceNext)) {
      return Wants.SOURCE;
    }
    walk.advance(offsets);
    return Wants.NOTHING;
  }

  /** After the last run: what the sources have up to the end of what is copied. */
  private Wants rest() {
    for (RouteWalk walk : walks) {
      walk.source().trim();
      leaveOutLost(walk);
      if (!walk.isPassive()
          && walk.window().isLast()
          && !outside.sourceBefore(walk, walk.route().copied())) {
        return Wants.SOURCE;
      }
    }
    if (rules.keys().isEmpty()) {
      return Wants.NOTHING;
    }
    return outside.explainFromRest();
  }

  private void finish() {
    rules.keys().unexplained(TargetComparison::unexplained);
    for (RouteWalk walk : walks) {
      rules.addReasons(walk.findings());
    }
    close();
  }

  private static void unexplained(CompactedKeys.Absent one) {
    if (!one.inTarget() && one.source() < one.walk().sourceFrom()) {
      return; // retention may have removed it, or what would explain it
    }
    one.walk()
        .findings()
        .difference(
            VerifyDifference.of(
                one.inTarget() ? Kind.MISSING : Kind.EXTRA,
                one.source(),
                one.target(),
                "%s has no such record, nor had it a later one of its key"
                    .formatted(one.inTarget() ? "the target" : "the source")));
  }

  /**
   * A damaged batch is a difference also where its reader gives no bytes to compare, as Kafka's
   * consumer does; what follows it can't be compared.
   */
  private void reportDamage() {
    for (RouteWalk walk : walks) {
      if (target.isDamaged()) {
        walk.findings().difference(Damages.unread(true, target));
      } else if (walk.source().isDamaged()) {
        walk.findings().difference(Damages.unread(false, walk.source()));
      }
    }
  }

  /** Ends with a reason why nothing more can be compared, in other windows neither. */
  void end(String reason) {
    endedEarly = true;
    walks.forEach(walk -> walk.findings().reason(reason));
    rules.keys().unexplained(one -> {});
    close();
  }

  private void close() {
    finished = true;
    target.clear();
    walks.forEach(walk -> walk.source().clear());
  }

  boolean isFinished() {
    return finished;
  }

  /** Whether it has ended with a reason. */
  boolean hasEndedEarly() {
    return endedEarly;
  }
}
