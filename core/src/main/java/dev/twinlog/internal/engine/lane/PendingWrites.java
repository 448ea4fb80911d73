package dev.twinlog.internal.engine.lane;

import dev.twinlog.internal.engine.lane.CheckpointTracker.WrittenRecords;
import dev.twinlog.internal.engine.lane.StageResult.WrittenOutput;
import dev.twinlog.internal.engine.shared.PartitionFigures;
import dev.twinlog.spi.OffsetRun;
import dev.twinlog.spi.PartialWriteException;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.SourcePosition;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Tracks the writes of one session and advances its checkpoint. Confined to the lane's writer
 * thread.
 *
 * <p>Invariants: batches are added in source order. The checkpoint passes a batch only when all its
 * outputs and all batches before it are acknowledged, and its already written records are verified
 * (after a later mismatch they must still be read again). It stops inside a batch only if the sink
 * reports which of its records were written before one failed. After the first failure it doesn't
 * move.
 */
final class PendingWrites {

  /**
   * One batch in flight, with the outputs that must be acknowledged before the checkpoint passes
   * it.
   */
  static final class Pending {
    private SourcePosition next;
    private final long maxTimestamp;
    private final long since;
    private final int outputs;
    private final List<WrittenRecords> written = new ArrayList<>(1);
    private int open;
    private int unproven;
    private long number;

    Pending(SourcePosition next, long maxTimestamp, int outputs, long since) {
      this.next = next;
      this.maxTimestamp = maxTimestamp;
      this.outputs = outputs;
      this.open = outputs;
      this.since = since;
    }

    long maxTimestamp() {
      return maxTimestamp;
    }

    /** Records of a route were acknowledged. */
    void written(Route route, long records, List<OffsetRun> runs) {
      written.add(new WrittenRecords(route, records, runs, false));
    }

    private boolean isEmpty() {
      return open == 0 && written.isEmpty();
    }

    private boolean isPassable() {
      return open == 0 && unproven == 0;
    }

    private boolean hasWritten(Route route) {
      return written.stream()
          .anyMatch(part -> !part.alreadyWritten() && part.route().equals(route));
    }
  }

  private final CheckpointTracker checkpoint;
  private final ArrayDeque<Pending> pending = new ArrayDeque<>();
  private int openWrites;
  private final Map<Route, Pending> failedAt = new HashMap<>();

  /** Batches with already written records of a route that are not verified yet. */
  private final Map<Route, List<Pending>> unproven = new HashMap<>();

  private long entered;
  private boolean draining;
  private boolean ended;
  private @Nullable ReplicationException endCause;
  private @Nullable ReplicationException failure;

  /** Creates the writes of a new session, with its initial checkpoint. */
  PendingWrites(CheckpointTracker checkpoint) {
    this.checkpoint = checkpoint;
  }

  void add(Pending batch) {
    Pending last = pending.peekLast();
    if (last != null && last.isEmpty() && batch.isEmpty()) {
      last.next = batch.next; // positions that advance behind a stalled write take no memory
      return;
    }
    openWrites += batch.open;
    batch.number = entered++;
    pending.add(batch);
  }

  /** Adds already written records of a batch that is added next. */
  void addAlreadyWritten(Pending batch, WrittenOutput found) {
    Route route = found.route();
    batch.written.add(new WrittenRecords(route, found.records(), found.runs(), true));
    if (!found.proven()) {
      batch.unproven++;
      unproven.computeIfAbsent(route, r -> new ArrayList<>()).add(batch);
      return;
    }
    List<Pending> proven = unproven.remove(route);
    if (proven != null) {
      proven.forEach(before -> before.unproven--);
    }
  }

  /** The position advanced without a batch. */
  void advance(SourcePosition next) {
    add(new Pending(next, PartitionFigures.UNKNOWN, 0, Long.MAX_VALUE));
  }

  /** The write of one output of the batch has completed or failed. */
  void answered(Pending batch) {
    batch.open--;
    openWrites--;
  }

  boolean hasOpenWrites() {
    return openWrites > 0;
  }

  /** When the oldest write in flight was started. */
  long oldestSince() {
    if (openWrites == 0) {
      return Long.MAX_VALUE;
    }
    Pending head = pending.element();
    return head.open > 0 ? head.since : oldestOpen().since;
  }

  /** The first batch with writes in flight, after a head that only waits for verification. */
  private Pending oldestOpen() {
    return pending.stream().filter(batch -> batch.open > 0).findFirst().orElseThrow();
  }

  /**
   * Moves the checkpoint past the first batch if that is acknowledged.
   *
   * @return the batch that the checkpoint has passed; null if it can't move
   * @throws PartitionFailedException if the target's offsets went backwards
   */
  @Nullable Pending advancePastFirst() {
    Pending head = pending.peekFirst();
    if (head == null || !head.isPassable() || failure != null) {
      return null;
    }
    checkpoint.pass(head.written, head.next);
    pending.removeFirst();
    return head;
  }

  /**
   * Whether the checkpoint may stop inside this batch, after the first records of its write to the
   * route: only if everything before it is acknowledged, and the batch has no records for another
   * route, of which more or fewer may be written.
   */
  boolean endsInside(Pending batch, Route route) {
    return failure == null
        && pending.peekFirst() == batch
        && batch.outputs == 1
        && batch.written.stream().allMatch(part -> part.route().equals(route));
  }

  /**
   * Moves the checkpoint into the first batch, whose write failed in part, after the records that
   * were written; {@link #fail} must be called next.
   *
   * @return the part of the batch that the checkpoint has passed
   * @throws PartitionFailedException if the target's offsets went backwards
   */
  Pending advanceInto(Pending head, Route route, PartialWriteException part) {
    Pending front = new Pending(inside(head, part), PartitionFigures.UNKNOWN, 0, head.since);
    front.written.addAll(head.written); // already written ones come first
    front.written(route, part.records(), part.runs());
    checkpoint.pass(front.written, front.next);
    head.written.clear();
    return front;
  }

  /** Leader epochs only grow: no epoch inside the batch is later than the one at its end. */
  private static SourcePosition inside(Pending head, PartialWriteException part) {
    return new SourcePosition(part.sourceNext(), head.next.leaderEpoch());
  }

  CheckpointTracker checkpoint() {
    return checkpoint;
  }

  /** The target offset after the last record of a batch that the checkpoint has just passed. */
  static long targetNext(Pending passed) {
    long next = PartitionFigures.UNKNOWN;
    for (WrittenRecords part : passed.written) {
      for (OffsetRun run : part.runs()) {
        next = run.targetNext();
      }
    }
    return next;
  }

  /** How many records of the batch were written, without already written ones. */
  static long records(Pending passed) {
    long records = 0;
    for (WrittenRecords part : passed.written) {
      records += part.alreadyWritten() ? 0 : part.records();
    }
    return records;
  }

  /** The first failure wins; later ones are added as suppressed, unless it caused them. */
  void fail(ReplicationException cause) {
    if (failure == null) {
      failure = cause;
    } else if (failure != cause && failure != cause.getCause()) {
      failure.addSuppressed(cause);
    }
  }

  /**
   * A write of the route failed: no later write of the route may succeed.
   *
   * @return whether a later one has already succeeded
   */
  boolean failedAt(Route route, Pending batch) {
    failedAt.merge(route, batch, (a, b) -> a.number < b.number ? a : b);
    return pending.stream()
        .anyMatch(later -> later.number > batch.number && later.hasWritten(route));
  }

  boolean failedBefore(Route route, Pending batch) {
    Pending failed = failedAt.get(route);
    return failed != null && failed.number < batch.number;
  }

  /** Reading ended with this error, which applies when all records read before it are written. */
  void endWith(ReplicationException cause) {
    endCause = cause;
    draining = true;
  }

  /** Why the session ended; null if it was drained. */
  @Nullable ReplicationException cause() {
    return failure != null ? failure : endCause;
  }

  /**
   * Whether, once the session has ended, the target has no records after the checkpoint: neither of
   * this session nor of a former one that have not been read again yet.
   */
  boolean isClean() {
    return failure == null && pending.isEmpty() && checkpoint.allFound();
  }

  void drain() {
    draining = true;
  }

  /** Whether the session has ended; true once. */
  boolean takeEnded() {
    // remaining batches are not verified, and no more records come to verify them
    boolean over = openWrites == 0 && (failure != null || draining);
    if (ended || !over) {
      return false;
    }
    ended = true;
    return true;
  }
}
