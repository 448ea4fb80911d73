package dev.twinlog.internal.verify;

import dev.twinlog.PartitionVerdict;
import dev.twinlog.VerifyDifference;
import dev.twinlog.VerifyDifference.Kind;
import dev.twinlog.internal.verify.TargetComparison.Wants;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.Route;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Decides on what lies between the runs of the offset map: a committed record of the source was not
 * copied; a batch of the target is a duplicate, if the link has written it, or of others.
 */
final class OutsideRuns {
  private static final long UNKNOWN_OFFSET = -1;

  private final LogSide target;
  private final List<RouteWalk> walks;
  private final ComparisonRules rules;

  /** The ends of the logs when all runs were compared. */
  private final Map<LogSide, Long> ends = new HashMap<>();

  OutsideRuns(LogSide target, List<RouteWalk> walks, ComparisonRules rules) {
    this.target = target;
    this.walks = walks;
    this.rules = rules;
  }

  /**
   * Consumes what the source has before the offset.
   *
   * @return whether all of it has arrived
   */
  boolean sourceBefore(RouteWalk walk, long offset) {
    LogSide source = walk.source();
    while (source.hasBefore(offset)) {
      ReplicationRecord record = source.record();
      if (record.offset() >= offset) {
        break;
      }
      rules.keys().seenAtSource(record, walk);
      if (walk.isLeftOut(record.offset())) {
        walk.findings().skipped(record.offset());
      } else {
        walk.findings()
            .difference(
                VerifyDifference.of(
                    Kind.MISSING,
                    record.offset(),
                    UNKNOWN_OFFSET,
                    "the offset map does not know this record: it was not copied"));
      }
      source.take();
    }
    return source.knows(offset);
  }

  /**
   * Consumes what the target has before the offset.
   *
   * @return whether all of it has arrived
   */
  boolean targetBefore(long offset) {
    while (target.hasBefore(offset)) {
      Optional<Long> producer = target.producerId();
      if (target.isWhole() && target.head().nextOffset() <= offset && rules.keys().isEmpty()) {
        count(producer, target.first(), target.head().recordCount());
        target.drop();
      } else if (!records(producer, offset)) {
        break;
      }
    }
    return target.knows(offset);
  }

  /** Consumes the records of the first batch before the offset; false if there is none. */
  private boolean records(Optional<Long> producer, long offset) {
    long first = target.record().offset();
    long next = first;
    long found = 0;
    long end = target.head().nextOffset();
    while (next < Math.min(offset, end) && target.hasBefore(Math.min(offset, end))) {
      ReplicationRecord record = target.record();
      if (record.offset() >= offset) {
        break;
      }
      rules.keys().seenInTarget(record);
      next = record.offset() + 1;
      found++;
      target.take();
    }
    if (found > 0) {
      count(producer, first, found);
    }
    return found > 0;
  }

  private void count(Optional<Long> producer, long first, long records) {
    if (rules.areOfOthers(first, first + records)) {
      walks.forEach(walk -> walk.findings().foreign(1, records));
      return;
    }
    Optional<Route> own = producer.flatMap(rules.producers()::routeOf);
    if (own.isPresent()) {
      duplicates(own.get(), producer.orElseThrow(), first, records);
      return;
    }
    for (RouteWalk walk : walks) {
      walk.findings().foreign(1, records);
      if (producer.isEmpty()
          || !rules.producers().isOfOthers(producer.get(), walk.route().route())) {
        addUnknown(walk.findings(), "the first is at offset " + first);
      }
    }
  }

  /** Adds that it is not known whose the records between the runs are. */
  static void addUnknown(PartitionVerdict.Builder findings, String why) {
    findings.reasonOnce(
        "the target has records that the offset map does not know, and whether the link has written them is not known",
        ": " + why);
  }

  private void duplicates(Route own, long producer, long first, long records) {
    RouteWalk of = walks.get(0);
    for (RouteWalk walk : walks) {
      if (own.equals(walk.route().route())) {
        of = walk;
      }
    }
    if (first < of.ownFrom()) {
      return; // the map begins after it
    }
    for (long i = 0; i < records; i++) {
      of.findings()
          .difference(
              VerifyDifference.of(
                  Kind.DUPLICATE,
                  UNKNOWN_OFFSET,
                  first + i,
                  "the link has written this record under producer id %d, and its offset map does not know it"
                      .formatted(producer)));
    }
  }

  /**
   * Consumes what the target has before the offset without comparing it; it may explain what is
   * missing.
   *
   * @return whether all of it has arrived
   */
  boolean passTarget(long offset) {
    while (!rules.keys().isEmpty() && target.hasBefore(offset)) {
      ReplicationRecord record = target.record();
      if (record.offset() >= offset) {
        break;
      }
      rules.keys().seenInTarget(record);
      target.take();
    }
    if (rules.keys().isEmpty()) {
      target.dropBelow(offset);
    }
    return target.knows(offset);
  }

  /** The same for a source; whether all of it has arrived matters only if it may explain. */
  boolean passSource(RouteWalk walk, long offset) {
    LogSide source = walk.source();
    while (!rules.keys().isEmpty() && source.hasBefore(offset)) {
      ReplicationRecord record = source.record();
      if (record.offset() >= offset) {
        break;
      }
      rules.keys().seenCopied(record, walk);
      source.take();
    }
    if (rules.keys().isEmpty() || walk.isPassive()) {
      source.dropBelow(offset);
      return true;
    }
    return source.knows(offset);
  }

  /**
   * Reads on for records that explain what compaction has removed: to where both logs end when this
   * is called first, since writers may be faster.
   */
  Wants explainFromRest() {
    for (RouteWalk walk : walks) {
      if (!walk.isPassive() && !remembersEnd(walk.source())) {
        return Wants.SOURCE;
      }
    }
    if (!remembersEnd(target)) {
      return Wants.TARGET;
    }
    for (RouteWalk walk : walks) {
      if (!walk.isPassive() && !readSource(walk)) {
        return Wants.SOURCE;
      }
    }
    return readTarget() ? Wants.NOTHING : Wants.TARGET;
  }

  private boolean remembersEnd(LogSide side) {
    if (side.end() >= 0) {
      ends.putIfAbsent(side, side.end());
    }
    return ends.containsKey(side);
  }

  private boolean readSource(RouteWalk walk) {
    LogSide side = walk.source();
    while (!side.isEmpty() && !rules.keys().isEmpty()) {
      ReplicationRecord record = side.record();
      if (record.offset() < walk.route().copied()) {
        rules.keys().seenCopied(record, walk); // in a later window
      } else {
        rules.keys().seenAtSource(record, walk);
      }
      side.take();
    }
    return isRead(side);
  }

  private boolean readTarget() {
    while (!target.isEmpty() && !rules.keys().isEmpty()) {
      Optional<Route> own = target.producerId().flatMap(rules.producers()::routeOf);
      ReplicationRecord record = target.record();
      rules.keys().seenInTarget(record);
      for (RouteWalk walk : walks) {
        if (own.equals(Optional.of(walk.route().route()))) {
          rules.keys().seenCopied(record, walk); // in a later window, or copied since
        }
      }
      target.take();
    }
    return isRead(target);
  }

  private boolean isRead(LogSide side) {
    return rules.keys().isEmpty() || side.knows(Objects.requireNonNull(ends.get(side)));
  }
}
