package dev.twinlog.internal.engine;

import dev.twinlog.internal.engine.CheckpointTracker.Landed;
import dev.twinlog.internal.engine.StageResult.HeldOutput;
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
 * The writes of one session and the cut that they add up to. Confined to the lane's writer thread.
 *
 * <p>Invariants: batches enter in source order; the cut moves over a batch only when all its
 * outputs and all batches before it are acknowledged, and what was found of it is proved to be what
 * the target holds (else the evidence would be gone when the proof fails); it stops inside a batch
 * only if the sink says which of its records landed before one failed; after the first failure the
 * cut stays where it is.
 */
final class PendingWrites {

  /** One batch on its way: what must be acknowledged before the cut may pass it. */
  static final class Pending {
    private SourcePosition next;
    private final long maxTimestamp;
    private final long since;
    private final int outputs;
    private final List<Landed> landed = new ArrayList<>(1);
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
    void landed(Route route, long records, List<OffsetRun> runs) {
      landed.add(new Landed(route, records, runs, false));
    }

    private boolean isEmpty() {
      return open == 0 && landed.isEmpty();
    }

    private boolean isPassable() {
      return open == 0 && unproven == 0;
    }

    private boolean hasLanded(Route route) {
      return landed.stream().anyMatch(part -> !part.found() && part.route().equals(route));
    }
  }

  private final CheckpointTracker checkpoint;
  private final ArrayDeque<Pending> pending = new ArrayDeque<>();
  private int openWrites;
  private final Map<Route, Pending> failedAt = new HashMap<>();

  /** Batches with records of a route that were found, but are not proved to be the right ones. */
  private final Map<Route, List<Pending>> unproven = new HashMap<>();

  private long entered;
  private boolean draining;
  private boolean ended;
  private @Nullable ReplicationException endCause;
  private @Nullable ReplicationException failure;

  /** The writes of a session that has none yet, with the cut that it begins at. */
  PendingWrites(CheckpointTracker checkpoint) {
    this.checkpoint = checkpoint;
  }

  void add(Pending batch) {
    Pending last = pending.peekLast();
    if (last != null && last.isEmpty() && batch.isEmpty()) {
      last.next = batch.next; // what only moves the position behind a stalled write takes no memory
      return;
    }
    openWrites += batch.open;
    batch.number = entered++;
    pending.add(batch);
  }

  /** Records of a batch that comes next were there already. */
  void found(Pending batch, HeldOutput held) {
    Route route = held.route();
    batch.landed.add(new Landed(route, held.records(), held.runs(), true));
    if (!held.proven()) {
      batch.unproven++;
      unproven.computeIfAbsent(route, r -> new ArrayList<>()).add(batch);
      return;
    }
    List<Pending> proven = unproven.remove(route);
    if (proven != null) {
      proven.forEach(before -> before.unproven--);
    }
  }

  /** The position moved without a batch. */
  void advance(SourcePosition next) {
    add(new Pending(next, PartitionFigures.UNKNOWN, 0, Long.MAX_VALUE));
  }

  /** One output of the batch was answered, well or not. */
  void answered(Pending batch) {
    batch.open--;
    openWrites--;
  }

  boolean hasOpenWrites() {
    return openWrites > 0;
  }

  /** When the oldest write that is still open was made. */
  long oldestSince() {
    if (openWrites == 0) {
      return Long.MAX_VALUE;
    }
    Pending head = pending.element();
    return head.open > 0 ? head.since : oldestOpen().since;
  }

  /** Behind a head that only waits for a proof. */
  private Pending oldestOpen() {
    return pending.stream().filter(batch -> batch.open > 0).findFirst().orElseThrow();
  }

  /**
   * Moves the cut over the first batch if that is acknowledged.
   *
   * @return the batch that the cut has passed; null if it can't move
   * @throws PartitionFailedException if the target's offsets went backwards
   */
  @Nullable Pending fold() {
    Pending head = pending.peekFirst();
    if (head == null || !head.isPassable() || failure != null) {
      return null;
    }
    checkpoint.pass(head.landed, head.next);
    pending.removeFirst();
    return head;
  }

  /**
   * Whether the cut may stop inside this batch, behind the first records of its write to the route:
   * only if everything before it is acknowledged, and nothing of it goes to another route, which
   * may be further or less far than that.
   */
  boolean endsInside(Pending batch, Route route) {
    return failure == null
        && pending.peekFirst() == batch
        && batch.outputs == 1
        && batch.landed.stream().allMatch(part -> part.route().equals(route));
  }

  /**
   * Moves the cut into the first batch, whose write has failed, behind what of it has landed; the
   * session has to {@link #fail} next.
   *
   * @return the part of the batch that the cut has passed
   * @throws PartitionFailedException if the target's offsets went backwards
   */
  Pending foldInto(Pending head, Route route, PartialWriteException part) {
    Pending front = new Pending(inside(head, part), PartitionFigures.UNKNOWN, 0, head.since);
    front.landed.addAll(head.landed); // found there: they come before what was written
    front.landed(route, part.records(), part.runs());
    checkpoint.pass(front.landed, front.next);
    head.landed.clear();
    return front;
  }

  /** Epochs only grow: between there is none that is later than the one behind. */
  private static SourcePosition inside(Pending head, PartialWriteException part) {
    return new SourcePosition(part.sourceNext(), head.next.leaderEpoch());
  }

  CheckpointTracker cut() {
    return checkpoint;
  }

  /** The target offset behind the last record of a batch that the cut has just passed. */
  static long targetNext(Pending passed) {
    long next = PartitionFigures.UNKNOWN;
    for (Landed part : passed.landed) {
      for (OffsetRun run : part.runs()) {
        next = run.targetNext();
      }
    }
    return next;
  }

  /** How many records the batch put into the target; those that were there already don't count. */
  static long records(Pending passed) {
    long records = 0;
    for (Landed part : passed.landed) {
      records += part.found() ? 0 : part.records();
    }
    return records;
  }

  /** The first failure wins; later ones are suppressed onto it, unless they only follow from it. */
  void fail(ReplicationException cause) {
    if (failure == null) {
      failure = cause;
    } else if (failure != cause && failure != cause.getCause()) {
      failure.addSuppressed(cause);
    }
  }

  /**
   * A write of the route failed: nothing of the route behind it may succeed any more.
   *
   * @return whether something behind it has succeeded already
   */
  boolean failedAt(Route route, Pending batch) {
    failedAt.merge(route, batch, (a, b) -> a.number < b.number ? a : b);
    return pending.stream()
        .anyMatch(later -> later.number > batch.number && later.hasLanded(route));
  }

  boolean failedBefore(Route route, Pending batch) {
    Pending failed = failedAt.get(route);
    return failed != null && failed.number < batch.number;
  }

  /** Reading ended with this error; counts once everything that was read before is written. */
  void endWith(ReplicationException cause) {
    endCause = cause;
    draining = true;
  }

  /** Why the session ended; null if it was drained. */
  @Nullable ReplicationException cause() {
    return failure != null ? failure : endCause;
  }

  /**
   * Whether the target holds nothing beyond the cut, once the session has ended: neither of this
   * session nor of a former one that this one has not come to.
   */
  boolean isClean() {
    return failure == null && pending.isEmpty() && checkpoint.owesNothing();
  }

  void drain() {
    draining = true;
  }

  /** Whether nothing more will happen; true once. */
  boolean ends() {
    // what is left then was found and not proved: no more comes that could prove it
    boolean over = openWrites == 0 && (failure != null || draining);
    if (ended || !over) {
      return false;
    }
    ended = true;
    return true;
  }
}
