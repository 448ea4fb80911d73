package dev.twinlog.internal.verify;

import dev.twinlog.VerifyDifference;
import dev.twinlog.VerifyDifference.Kind;
import dev.twinlog.internal.verify.TargetComparison.Wants;
import dev.twinlog.spi.ReplicationRecord;
import java.util.List;
import java.util.Optional;

/**
 * Decides on what lies between the runs of the offset map: a committed record of the source was not
 * copied; a batch of the target is a duplicate, if the link has written it, or of others.
 */
final class OutsideRuns {
  private static final long NO_PRODUCER_ID = -1;

  private final LogSide target;
  private final List<RouteWalk> walks;
  private final ComparisonRules rules;

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
      rules.seen(record);
      walk.findings()
          .difference(
              VerifyDifference.of(
                  Kind.MISSING,
                  record.offset(),
                  NO_PRODUCER_ID,
                  "the offset map does not know this record: it was not copied"));
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
      rules.seen(record);
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
    if (producer.isPresent() && rules.isOwn(producer.get())) {
      duplicates(producer.get(), first, records);
      return;
    }
    for (RouteWalk walk : walks) {
      walk.findings().foreign(1, records);
      boolean surely = producer.isPresent() && producer.get() == NO_PRODUCER_ID;
      if (!surely && (producer.isEmpty() || !rules.knowsProducersOf(walk.route().route()))) {
        walk.findings()
            .reasonOnce(
                "the target has records that the offset map does not know, and whether the link has written them is not known",
                ": the first is at offset " + first);
      }
    }
  }

  private void duplicates(long producer, long first, long records) {
    RouteWalk of = walks.get(0);
    for (RouteWalk walk : walks) {
      if (rules.wrote(producer, walk.route().route())) {
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
                  NO_PRODUCER_ID,
                  first + i,
                  "the link has written this record under producer id %d, and its offset map does not know it"
                      .formatted(producer)));
    }
  }

  /** Reads on to the ends of both logs, for records that explain what compaction has removed. */
  Wants explainFromRest() {
    for (RouteWalk walk : walks) {
      if (!walk.isPassive() && (walk.source().end() < 0 || !readRest(walk.source()))) {
        return Wants.SOURCE;
      }
    }
    return readRest(target) ? Wants.NOTHING : Wants.TARGET;
  }

  private boolean readRest(LogSide side) {
    while (!side.isEmpty() && !rules.keys().isEmpty()) {
      rules.seen(side.record());
      side.take();
    }
    return rules.keys().isEmpty() || (side.end() >= 0 && side.knows(side.end()));
  }
}
