package dev.twinlog.internal.verify;

import dev.twinlog.PartitionVerdict;
import dev.twinlog.VerifyDifference;
import dev.twinlog.VerifyDifference.Kind;
import dev.twinlog.internal.batch.BatchHeader;
import dev.twinlog.internal.verify.TargetComparison.Wants;
import dev.twinlog.spi.ReplicationRecord;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Compares what has arrived of a run: whole batches where both sides have the same ones, else
 * records by their place in the run.
 */
final class RunComparison {
  /** The place of a record that has not arrived. */
  private static final long UNKNOWN = -1;

  private final LogSide target;
  private final ComparisonRules rules;
  private final WholeBatches batches = new WholeBatches();
  private final Damages damages = new Damages(batches);

  RunComparison(LogSide target, ComparisonRules rules) {
    this.target = target;
    this.rules = rules;
  }

  /** Compares, and says what has to arrive next; nothing if the run is at its end. */
  Wants compare(RouteWalk walk) {
    long end = walk.toNext();
    while (walk.hasRun() && walk.isMapped() && walk.toNext() == end && walk.skipped(target) == 0) {
      if (wholeBatch(walk)) {
        continue;
      }
      Wants wants = records(walk);
      if (wants != Wants.NOTHING) {
        return wants;
      }
    }
    return Wants.NOTHING;
  }

  // Whole batches.

  /** Compares the first batches of both sides if they begin here; false if they must be decoded. */
  private boolean wholeBatch(RouteWalk walk) {
    LogSide source = walk.source();
    if (source.isEmpty() || target.isEmpty()) {
      return false;
    }
    Optional<ByteBuffer> one = source.encoded();
    Optional<ByteBuffer> other = target.encoded();
    if (one.isEmpty() || other.isEmpty() || !begins(walk, one.get(), other.get())) {
      return false;
    }
    return batches.isIntact(one.get())
        && batches.isIntact(other.get())
        && areSame(walk, one.get(), other.get());
  }

  private static boolean begins(RouteWalk walk, ByteBuffer source, ByteBuffer other) {
    return BatchHeader.baseOffset(source, source.position()) == walk.from()
        && BatchHeader.baseOffset(other, other.position()) == walk.to()
        && source.remaining() == other.remaining()
        && BatchHeader.recordCount(source, source.position()) <= walk.count()
        && BatchHeader.dense(source, source.position())
        && BatchHeader.lastOffsetDelta(source, source.position())
            == BatchHeader.lastOffsetDelta(other, other.position());
  }

  private boolean areSame(RouteWalk walk, ByteBuffer one, ByteBuffer other) {
    if (!WholeBatches.areAlike(one, other)
        || !WholeBatches.haveSameBytes(one, other)
        || !rules.comparesTimes(
            BatchHeader.logAppendTime(other, other.position())
                && !BatchHeader.logAppendTime(one, one.position()))) {
      return false;
    }
    if (!rules.keys().isEmpty()) {
      walk.source().head().records().forEach(record -> rules.keys().seenCopied(record, walk));
    }
    target.producerId().ifPresent(rules.producers()::copy);
    took(walk, BatchHeader.recordCount(one, one.position()), one.remaining());
    return true;
  }

  private void took(RouteWalk walk, long count, long bytes) {
    compared(walk, count, bytes);
    walk.source().drop();
    target.drop();
    walk.advance(count);
  }

  private static void compared(RouteWalk walk, long count, long bytes) {
    walk.findings()
        .compared(walk.from(), walk.from() + count, walk.to(), walk.to() + count, count, bytes);
  }

  // Records.

  /** Leaves a damaged batch out, and what the other side has in its place. */
  private void leaveOut(RouteWalk walk, long place, boolean inTarget) {
    walk.advance(place);
    LogSide damaged = inTarget ? target : walk.source();
    long next = damaged.head().nextOffset();
    long offsets = Math.min(walk.count(), next - (inTarget ? walk.to() : walk.from()));
    Damages.unreadable(walk, inTarget, damaged.first(), next);
    damaged.drop();
    walk.source().dropBelow(walk.from() + offsets);
    target.dropBelow(walk.to() + offsets);
    walk.advance(offsets);
  }

  /** Compares or rejects the next record of the run; nothing is wanted if that was possible. */
  private Wants records(RouteWalk walk) {
    LogSide source = walk.source();
    long inSource = place(source, walk.from(), walk.count());
    long inTarget = place(target, walk.to(), walk.count());
    if (inSource == UNKNOWN && inTarget == UNKNOWN) {
      return source.known() - walk.from() <= target.known() - walk.to()
          ? Wants.SOURCE
          : Wants.TARGET;
    }
    if (inSource == UNKNOWN) {
      if (source.known() - walk.from() <= inTarget) {
        return Wants.SOURCE;
      }
      extra(walk, inTarget);
    } else if (inTarget == UNKNOWN) {
      if (target.known() - walk.to() <= inSource) {
        return Wants.TARGET;
      }
      missing(walk, inSource);
    } else if (inSource == inTarget) {
      both(walk, inSource);
    } else if (inSource < inTarget) {
      missing(walk, inSource);
    } else {
      extra(walk, inTarget);
    }
    return Wants.NOTHING;
  }

  /**
   * The place in the run of the next record of a side; the count of the run if it has no more
   * there.
   */
  private long place(LogSide side, long begin, long count) {
    if (!side.isEmpty()) {
      if (side.first() - begin >= count) {
        return count;
      }
      if (damages.isUnreadable(side, side == target)) {
        return Math.max(0, side.first() - begin);
      }
      return Math.min(count, side.record().offset() - begin);
    }
    return side.knows(begin + count) ? count : UNKNOWN;
  }

  private boolean isUnreadable(RouteWalk walk, boolean inTarget) {
    return damages.isUnreadable(inTarget ? target : walk.source(), inTarget);
  }

  private void both(RouteWalk walk, long place) {
    rules.missingOnBoth(walk, walk.from(), walk.to(), place);
    if (place == walk.count()) {
      walk.advance(place);
      return;
    }
    if (isUnreadable(walk, false) || isUnreadable(walk, true)) {
      leaveOut(walk, place, isUnreadable(walk, true));
      return;
    }
    walk.advance(place);
    ReplicationRecord one = walk.source().record();
    ReplicationRecord other = target.record();
    boolean times = rules.comparesTimes(target.logAppendTime());
    RecordContent.difference(one, other, times)
        .ifPresent(what -> changed(walk.findings(), one, other, what + damages.explanation()));
    rules.keys().seenCopied(one, walk);
    target.producerId().ifPresent(rules.producers()::copy);
    compared(walk, 1, one.sizeInBytes());
    walk.source().take();
    target.take();
    walk.advance(1);
    damages.settle(walk, target);
  }

  private static void changed(
      PartitionVerdict.Builder findings,
      ReplicationRecord one,
      ReplicationRecord other,
      String what) {
    findings.difference(VerifyDifference.of(Kind.CHANGED, one.offset(), other.offset(), what));
  }

  private void missing(RouteWalk walk, long place) {
    rules.missingOnBoth(walk, walk.from(), walk.to(), place);
    if (isUnreadable(walk, false)) {
      leaveOut(walk, place, false);
      return;
    }
    ReplicationRecord record = walk.source().record();
    rules.missing(walk, record, walk.to() + place);
    walk.advance(place);
    compared(walk, 1, record.sizeInBytes());
    walk.source().take();
    walk.advance(1);
    damages.settle(walk, target);
  }

  private void extra(RouteWalk walk, long place) {
    rules.missingOnBoth(walk, walk.from(), walk.to(), place);
    if (isUnreadable(walk, true)) {
      leaveOut(walk, place, true);
      return;
    }
    rules.extra(walk, target.record(), walk.from() + place);
    walk.advance(place);
    target.take();
    walk.advance(1);
    damages.settle(walk, target);
  }
}
