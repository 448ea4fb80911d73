package dev.twinlog.internal.verify;

import dev.twinlog.PartitionVerdict;
import dev.twinlog.VerifyDifference;
import dev.twinlog.VerifyDifference.Kind;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.SkippedOffsets;
import java.util.Map;
import java.util.Optional;

/**
 * What a record that one side lacks means, and whose a batch in the target is. Confined to one
 * thread.
 */
final class ComparisonRules {
  private final Compaction source;
  private final Compaction target;
  private final ProducerIds producers;
  private final CompactedKeys keys;
  private final SkippedOffsets others;
  private final long nowMs;
  private long expired;
  private boolean timesLeftOut;

  /**
   * Creates the rules of one target partition.
   *
   * @param writtenBy what the producer ids of the link have written; empty for any of its routes
   * @param keys empty
   * @param others offsets of the target that are known to hold no copies
   */
  ComparisonRules(
      Compaction source,
      Compaction target,
      Map<Long, Optional<Route>> writtenBy,
      CompactedKeys keys,
      SkippedOffsets others,
      long nowMs) {
    this.source = source;
    this.target = target;
    this.producers = new ProducerIds(writtenBy);
    this.keys = keys;
    this.others = others;
    this.nowMs = nowMs;
  }

  CompactedKeys keys() {
    return keys;
  }

  ProducerIds producers() {
    return producers;
  }

  /** Whether these offsets of the target are known to hold no copies. */
  boolean areOfOthers(long from, long to) {
    return others.containsAll(from, to);
  }

  /** Whether timestamps are compared: not where the target has its own. */
  boolean comparesTimes(boolean targetHasOwn) {
    boolean leftOut = targetHasOwn || target.ownTime();
    timesLeftOut |= leftOut;
    return !leftOut;
  }

  /** The source has a copied record that the target does not have. */
  void missing(RouteWalk walk, ReplicationRecord record, long at) {
    absent(walk, record, new CompactedKeys.Absent(walk, true, record.offset(), at), target);
  }

  /** The target has the copy of a record that the source does not have. */
  void extra(RouteWalk walk, ReplicationRecord record, long sourceOffset) {
    absent(
        walk, record, new CompactedKeys.Absent(walk, false, sourceOffset, record.offset()), source);
  }

  private void absent(
      RouteWalk walk, ReplicationRecord record, CompactedKeys.Absent missing, Compaction side) {
    if (!side.compacted() || record.key() == null) {
      boolean inTarget = missing.inTarget();
      keys.seenCopied(record, walk);
      walk.findings()
          .difference(
              VerifyDifference.of(
                  inTarget ? Kind.MISSING : Kind.EXTRA,
                  missing.source(),
                  missing.target(),
                  inTarget
                      ? "the target does not have this record any more, though it was copied"
                      : "the source has no committed record there"));
    } else if (side.mayExpire(record, nowMs)) {
      keys.seenCopied(record, walk);
      expired++;
    } else {
      keys.add(record, missing);
    }
  }

  /** Neither side has these copied records. */
  void missingOnBoth(RouteWalk walk, long sourceOffset, long targetOffset, long count) {
    if (target.compacted()) {
      return;
    }
    for (long i = 0; i < count; i++) {
      walk.findings()
          .difference(
              VerifyDifference.of(
                  Kind.MISSING,
                  sourceOffset + i,
                  targetOffset + i,
                  "neither side has this record any more, though it was copied"));
    }
  }

  /** Adds why the verdict can't be exact, once everything was compared. */
  void addReasons(PartitionVerdict.Builder findings) {
    if (producers.areDoubtful()) {
      OutsideRuns.addUnknown(
          findings, "copies are there under producer ids that are not registered");
    }
    if (keys.hasOverflowed()) {
      findings.reason(
          "more than %d records were missing on one side at a time, which compaction may have removed: verify with a larger maxMemory"
              .formatted(keys.most()));
    }
    boolean guessed = keys.explained() + expired > 0;
    if (guessed && !(source.known() && target.known())) {
      findings.reason(
          "records are missing on one side, and whether that side is compacted is not known: allow DESCRIBE_CONFIGS on the topic");
    }
    if (timesLeftOut) {
      findings.reason(
          "timestamps were not compared: the target topic has its own (message.timestamp.type=LogAppendTime)");
    }
  }
}
