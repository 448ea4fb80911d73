package dev.twinlog.internal.verify;

import dev.twinlog.VerifyDifference;
import dev.twinlog.VerifyDifference.Kind;
import dev.twinlog.internal.batch.DamagedBatch;
import dev.twinlog.spi.ReplicationRecord;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Stored batches whose CRC-32C does not match. If their records can still be decoded these are
 * compared, so that the report names those that have changed; in any case a damaged batch is a
 * difference. Confined to one thread.
 */
final class Damages {
  private final WholeBatches batches;
  private @Nullable Damage inSource;
  private @Nullable Damage inTarget;

  /** A damaged batch whose records are being compared. */
  private static final class Damage {
    final String what;
    final long sourceOffset;
    final long targetOffset;
    final long next;
    boolean reported;

    Damage(String what, long sourceOffset, long targetOffset, long next) {
      this.what = what;
      this.sourceOffset = sourceOffset;
      this.targetOffset = targetOffset;
      this.next = next;
    }
  }

  Damages(WholeBatches batches) {
    this.batches = batches;
  }

  /** Whether the first batch of a side can't be decoded, not even to report what has changed. */
  boolean isUnreadable(LogSide side, boolean target) {
    Optional<ByteBuffer> head = side.isEmpty() ? Optional.empty() : side.encoded();
    if (head.isEmpty() || batches.isIntact(head.get())) {
      return false;
    }
    Optional<List<ReplicationRecord>> records = DamagedBatch.records(head.get());
    if (records.isEmpty()) {
      return true;
    }
    long first = side.first();
    long next = side.head().nextOffset();
    Damage damage =
        new Damage(what(target, first, next), target ? -1 : first, target ? first : -1, next);
    if (target) {
      inTarget = damage;
    } else {
      inSource = damage;
    }
    side.replace(records.get());
    return false;
  }

  private static String what(boolean target, long first, long next) {
    return "the %s stores a damaged batch, whose CRC-32C does not match: offsets [%d, %d)"
        .formatted(target ? "target" : "source", first, next);
  }

  /** Reports a batch that can't be decoded. */
  static void unreadable(RouteWalk walk, boolean target, long first, long next) {
    String what = what(target, first, next) + " can't be decoded";
    walk.findings().difference(VerifyDifference.of(Kind.CHANGED, walk.from(), walk.to(), what));
  }

  /** The difference of a batch that its reader can't deliver. */
  static VerifyDifference unread(boolean target, LogSide side) {
    return VerifyDifference.of(
        Kind.CHANGED,
        target ? -1 : side.next(),
        target ? side.next() : -1,
        "the %s stores a damaged batch, which can't be read, nor what follows it: %s"
            .formatted(target ? "target" : "source", side.failure().orElse("")));
  }

  /** What to add to the report of a record that has changed. */
  String explanation() {
    return explanation(inSource) + explanation(inTarget);
  }

  private static String explanation(@Nullable Damage damage) {
    if (damage == null) {
      return "";
    }
    damage.reported = true;
    return "; " + damage.what;
  }

  /** Reports batches that are consumed, of which no record has changed. */
  void settle(RouteWalk walk, LogSide target) {
    Damage source = inSource;
    if (source != null && isConsumed(source, walk.source())) {
      report(walk, source);
      inSource = null;
    }
    Damage other = inTarget;
    if (other != null && isConsumed(other, target)) {
      report(walk, other);
      inTarget = null;
    }
  }

  private static boolean isConsumed(Damage damage, LogSide side) {
    return side.isEmpty() || side.first() >= damage.next;
  }

  private static void report(RouteWalk walk, Damage damage) {
    if (!damage.reported) {
      walk.findings()
          .difference(
              VerifyDifference.of(
                  Kind.CHANGED, damage.sourceOffset, damage.targetOffset, damage.what));
    }
  }
}
