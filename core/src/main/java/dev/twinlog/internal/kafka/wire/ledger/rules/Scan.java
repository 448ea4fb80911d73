package dev.twinlog.internal.kafka.wire.ledger.rules;

import dev.twinlog.internal.batch.BatchHeader;
import dev.twinlog.internal.kafka.wire.ledger.rules.LedgerState.SequenceRange;
import dev.twinlog.spi.TargetRun;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Counts the records of a route in a range of the target's log, batch by batch in the order of the
 * log.
 *
 * <p>The records of a session have consecutive sequences; batches of other producers, and markers,
 * may stand between them. So the next sequence of the route is always known, and deviations are
 * detected:
 *
 * <ul>
 *   <li>repeated sequences: the broker appended a batch twice. Counted once.
 *   <li>skipped sequences without skipped offsets: records are missing in the log, which is an
 *       error.
 *   <li>skipped sequences with at least as many skipped offsets: compaction has removed the batch,
 *       and perhaps batches of others. It counts, since a broker that accepts a sequence has the
 *       ones before it.
 *   <li>skipped offsets behind the last batch of the route: compaction may have removed more of its
 *       batches; how many is unknown.
 * </ul>
 *
 * Confined to the ledger's thread.
 */
public final class Scan {
  private final LedgerRules rules;
  private final List<SequenceRange> expected;
  private final long start;
  private final List<List<TargetRun>> runs = new ArrayList<>();
  private int range;
  private int sequence;
  private long left;
  private long covered;

  /** Offsets without batches since the last batch of the route. */
  private final Deque<TargetRun> holes = new ArrayDeque<>();

  private boolean startDeleted;
  private long duplicates;
  private long count;
  private @Nullable String broken;

  /**
   * Creates a scan.
   *
   * @param expected what may come, in this order, see {@link RecoveryPoint#expected}
   * @param start the lowest offset that counts
   */
  public Scan(LedgerRules rules, List<SequenceRange> expected, long start) {
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
    range = next;
    sequence = expected.get(next).sequence();
    left = expected.get(next).count();
  }

  /**
   * Reports that the log starts at this offset, behind the start of the scan: earlier batches were
   * deleted.
   */
  public void startDeleted(long logStart) {
    startDeleted = logStart > start;
    covered = Math.max(start, logStart);
  }

  /**
   * Adds the next batch.
   *
   * @return the offset of its first record that was not counted before; −1 if there is none
   */
  public long add(ByteBuffer batches, int at) {
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
    if (owner < range) {
      duplicates += next - first;
      return -1;
    }
    while (range < owner) {
      if (left > 0 && !expected.get(range).isOpen() && !fill(left, first)) {
        broken = "%d records are missing before offset %d".formatted(left, first);
        return -1;
      }
      enter(range + 1);
    }
    int off = rules.offBy(sequence, baseSequence);
    if (off > 0 && !fill(off, first)) {
      broken = "%d records are missing before offset %d".formatted(off, first);
      return -1;
    }
    holes.clear();
    long repeated = Math.min(next - first, Math.max(0, -off));
    duplicates += repeated;
    return next - first == repeated ? -1 : count(first + repeated, next - first - repeated);
  }

  /**
   * Counts records that compaction has removed, by the holes that they left. The holes may have
   * held records of others too, so the exact offsets are unknown; that doesn't matter, since a
   * reader gets the same records from any of these offsets.
   */
  private boolean fill(long missing, long before) {
    if (startDeleted && count == 0 && missing <= before - start) {
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
      broken =
          "offset %d holds records of a session that had already ended".formatted(first + left);
      return -1;
    }
    List<TargetRun> own = runs.get(range);
    TargetRun last = own.isEmpty() ? null : own.get(own.size() - 1);
    if (last != null && last.next() == first) {
      own.set(own.size() - 1, new TargetRun(last.first(), last.count() + records));
    } else {
      own.add(new TargetRun(first, records));
    }
    count += records;
    sequence = Sequences.plus(sequence, records);
    left -= expected.get(range).isOpen() ? 0 : records;
    return first;
  }

  /** Ends the range at this offset. */
  public void end(long offset) {
    if (offset > covered) {
      holes.add(new TargetRun(covered, offset - covered));
      covered = offset;
    }
  }

  /** How many records of the route the range holds. */
  public long count() {
    return count;
  }

  /** Their offsets, in the order of the route. */
  public List<TargetRun> runs() {
    return runs.stream().flatMap(List::stream).toList();
  }

  /**
   * The same as sequence ranges, each with the count and first offset that were found. The offset
   * at which a session was expected to begin is not used: the log may have lost its tail since, and
   * the session may have written before that offset.
   */
  public List<SequenceRange> ranges() {
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

  /** How many records are duplicated in the range. */
  public long duplicates() {
    return duplicates;
  }

  /** The inconsistency that was found, if any. */
  public @Nullable String broken() {
    return broken;
  }

  /**
   * Whether the route may have had more records: the log starts behind the start and holds nothing
   * of the route, or compaction has removed batches behind the route's last one.
   */
  public boolean mayLackTail() {
    return !holes.isEmpty() || (startDeleted && count == 0);
  }
}
