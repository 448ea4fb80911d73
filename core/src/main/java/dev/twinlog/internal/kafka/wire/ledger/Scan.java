package dev.twinlog.internal.kafka.wire.ledger;

import dev.twinlog.internal.batch.BatchHeader;
import dev.twinlog.internal.kafka.wire.ledger.LedgerState.SequenceRange;
import dev.twinlog.spi.TargetRun;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Counts what a stretch of the target's log holds of a route, batch by batch in the order of the
 * log.
 *
 * <p>The records of a session bear consecutive sequences, in one stretch behind the other; batches
 * of others, and markers, may stand between. So it is known of every record of ours which one is to
 * come next, and what is amiss is seen:
 *
 * <ul>
 *   <li>sequences that come again: the broker took a batch twice. Counted once.
 *   <li>sequences that are left out where no offset is: records are missing in the log, and what
 *       stands behind the hole has no place. Nothing can be said then.
 *   <li>sequences that are left out where at least as many offsets are: compaction has removed the
 *       batch, and perhaps something of others. It was there, since a broker that takes a sequence
 *       has the ones before, so it counts.
 *   <li>offsets that are left out behind the last batch of ours: compaction may have removed more
 *       of them. It is not known how many.
 * </ul>
 *
 * Confined to the ledger's thread.
 */
final class Scan {
  private final LedgerRules rules;
  private final List<SequenceRange> expected;
  private final long start;
  private final List<List<TargetRun>> runs = new ArrayList<>();
  private int part;
  private int sequence;
  private long left;
  private long covered;

  /** What compaction has left empty since the last batch of the route. */
  private final Deque<TargetRun> holes = new ArrayDeque<>();

  private boolean beheaded;
  private long twice;
  private long count;
  private @Nullable String broken;

  /**
   * Nothing seen yet.
   *
   * @param expected what may come, in this order, as {@link RecoveryPoint#expected} says
   * @param start where it begins at the earliest
   */
  Scan(LedgerRules rules, List<SequenceRange> expected, long start) {
    this.rules = rules;
    this.expected = List.copyOf(expected);
    this.start = start;
    this.covered = start;
    for (int i = 0; i < expected.size(); i++) {
      runs.add(new ArrayList<>(1));
    }
    enter(0);
  }

  private void enter(int next) {
    part = next;
    sequence = expected.get(next).sequence();
    left = expected.get(next).count();
  }

  /** The log begins only here, behind the start: what was before it is gone. */
  void beheaded(long logStart) {
    beheaded = logStart > start;
    covered = Math.max(start, logStart);
  }

  /**
   * The next batch.
   *
   * @return the offset from which on it holds records that were not counted before; −1 if there is
   *     none
   */
  long add(ByteBuffer batches, int at) {
    long base = BatchHeader.baseOffset(batches, at);
    long next = BatchHeader.nextOffset(batches, at);
    if (next <= start || broken != null) {
      return -1;
    }
    if (base > covered) {
      holes.add(new TargetRun(covered, base - covered));
    }
    covered = Math.max(covered, next);
    int owner = BatchHeader.control(batches, at) ? -1 : owner(batches, at);
    if (owner < 0) {
      return -1;
    }
    long first = Math.max(base, start);
    int baseSequence = Sequences.plus(BatchHeader.baseSequence(batches, at), first - base);
    return own(owner, first, next, baseSequence);
  }

  private int owner(ByteBuffer batches, int at) {
    long producerId = BatchHeader.producerId(batches, at);
    short epoch = BatchHeader.producerEpoch(batches, at);
    for (int i = 0; i < expected.size(); i++) {
      if (expected.get(i).producerId() == producerId && expected.get(i).epoch() == epoch) {
        return i;
      }
    }
    return -1;
  }

  private long own(int owner, long first, long next, int baseSequence) {
    if (owner < part) {
      twice += next - first;
      return -1;
    }
    while (part < owner) {
      if (left > 0 && !expected.get(part).isOpen() && !fill(left, first)) {
        broken = "%d records are missing before offset %d".formatted(left, first);
        return -1;
      }
      enter(part + 1);
    }
    int off = rules.offBy(sequence, baseSequence);
    if (off > 0 && !fill(off, first)) {
      broken = "%d records are missing before offset %d".formatted(off, first);
      return -1;
    }
    holes.clear();
    long again = Math.min(next - first, Math.max(0, -off));
    twice += again;
    return next - first == again ? -1 : count(first + again, next - first - again);
  }

  /**
   * Counts records of which only the place is left. In the same holes there can have been records
   * of others, so which offset was whose is not known; nor does it matter, since whoever reads from
   * any of them on reads the same.
   */
  private boolean fill(long missing, long before) {
    if (beheaded && count == 0 && missing <= before - start) {
      return count(start, missing) >= 0;
    }
    if (missing > holes.stream().mapToLong(TargetRun::count).sum()) {
      return false;
    }
    long wanted = missing;
    while (wanted > 0) {
      TargetRun hole = holes.remove();
      long filled = Math.min(wanted, hole.count());
      if (count(hole.first(), filled) < 0) {
        return false;
      }
      if (filled < hole.count()) {
        holes.addFirst(new TargetRun(hole.first() + filled, hole.count() - filled));
      }
      wanted -= filled;
    }
    return true;
  }

  private long count(long first, long records) {
    if (records > left) {
      broken = "offset %d holds records of a session that had ended before".formatted(first + left);
      return -1;
    }
    List<TargetRun> own = runs.get(part);
    TargetRun last = own.isEmpty() ? null : own.get(own.size() - 1);
    if (last != null && last.next() == first) {
      own.set(own.size() - 1, new TargetRun(last.first(), last.count() + records));
    } else {
      own.add(new TargetRun(first, records));
    }
    count += records;
    sequence = Sequences.plus(sequence, records);
    left -= expected.get(part).isOpen() ? 0 : records;
    return first;
  }

  /** The stretch ends here. */
  void end(long offset) {
    if (offset > covered) {
      holes.add(new TargetRun(covered, offset - covered));
      covered = offset;
    }
  }

  /** How many records the stretch holds of the route. */
  long count() {
    return count;
  }

  /** Where they are, in the order of the route. */
  List<TargetRun> runs() {
    return runs.stream().flatMap(List::stream).toList();
  }

  /**
   * The same as parts, each with what it holds and where that begins. Where a session was expected
   * to begin says nothing any more: the log may have lost its end since, and the session may have
   * written before that offset.
   */
  List<SequenceRange> parts() {
    List<SequenceRange> found = new ArrayList<>();
    for (int i = 0; i < expected.size(); i++) {
      List<TargetRun> own = runs.get(i);
      SequenceRange wanted = expected.get(i);
      if (!own.isEmpty()) {
        found.add(
            new SequenceRange(
                wanted.producerId(),
                wanted.epoch(),
                wanted.sequence(),
                own.stream().mapToLong(TargetRun::count).sum(),
                own.get(0).first()));
      }
    }
    return found;
  }

  /** How many records are there twice. */
  long twice() {
    return twice;
  }

  /** What contradicts itself, if anything. */
  @Nullable String broken() {
    return broken;
  }

  /**
   * Whether more of the route may have been there: the log begins behind the start and holds
   * nothing of the route, or compaction has removed something behind the last of its batches.
   */
  boolean mayLackTail() {
    return !holes.isEmpty() || (beheaded && count == 0);
  }
}
