package dev.twinlog.internal.offsets;

import dev.twinlog.internal.offsets.MapState.End;
import dev.twinlog.spi.MapChunk;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.Translation;
import dev.twinlog.spi.Translation.AtLeast;
import dev.twinlog.spi.Translation.Exact;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The offset map of one route: maps the source offset of each copied record to its target offset
 * and back, as segments of offsets that are consecutive on both sides.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>segments ascend in the source and in the target and don't overlap on either side; an entry
 *       that would break this is refused;
 *   <li>up to the checkpoint every record of the route is in a segment or in an unmapped range; a
 *       source offset that is in neither has no copy;
 *   <li>a translation is exact, or a position that is not after the right one, or none.
 * </ul>
 *
 * <p>Thread-safe. Readers use no lock and never wait. The lane's writer thread appends and the
 * control thread does everything else, under one lock that is rarely contended.
 */
public final class RouteMap {
  /** The maximum number of coarse ranges of a route. */
  private static final int MOST_COARSE = 256;

  /** The memory of a route's map without segments. */
  private static final long BASE_BYTES = 400;

  private final Route route;
  private volatile MapState state;
  private final ChangedChunks changes;

  /** Up to this offset the target has no record of the route after the last known one. */
  private volatile long targetEnd;

  /** Creates a map from its loaded content. */
  RouteMap(Route route, MapState state, long targetEnd, ChangedChunks changes) {
    this.route = route;
    this.state = state;
    this.targetEnd = targetEnd;
    this.changes = changes;
  }

  /** Creates an empty map that begins at these bounds. */
  static RouteMap startingAt(Route route, Bounds bounds, AtomicLong checkpoint) {
    return new RouteMap(route, MapState.empty(bounds, checkpoint), 0, ChangedChunks.all());
  }

  public Route route() {
    return route;
  }

  // Reading.

  /** See {@link dev.twinlog.spi.OffsetHistory#toTarget}. */
  public Translation toTarget(long offset) {
    while (true) {
      AtomicLong checkpoint = state.checkpoint();
      long copied = checkpoint.getAcquire();
      MapState now = state;
      if (now.checkpoint() == checkpoint) { // else it was truncated in between
        return now.toTarget(route, offset, copied);
      }
    }
  }

  /** See {@link dev.twinlog.spi.OffsetHistory#toSource}. */
  public Translation toSource(long offset) {
    long end = targetEnd; // first: records that are written afterwards are after it
    while (true) {
      AtomicLong checkpoint = state.checkpoint();
      long copied = checkpoint.getAcquire();
      MapState now = state;
      if (now.checkpoint() == checkpoint) {
        return now.toSource(route, offset, new MapState.Reach(copied, end));
      }
    }
  }

  /** Returns what the map knows now. */
  synchronized CopiedRoute copied() {
    MapState now = state;
    return new CopiedRoute(route, now, now.checkpoint().getAcquire());
  }

  /** The memory that this map takes, in bytes. */
  long bytes() {
    MapState now = state;
    return BASE_BYTES + now.blocks().bytes() + 24L * now.tail().capacity();
  }

  /** The memory of the blocks that could become coarse, in bytes. */
  long fineBytes() {
    Blocks blocks = state.blocks();
    return blocks.bytes(blocks.chunks());
  }

  // Appending, by the lane's writer thread.

  /**
   * Appends a run: source offsets {@code [source, source + count)} are target offsets {@code
   * [target, target + count)}.
   *
   * @throws IllegalStateException if the run is not after all known offsets on both sides
   */
  public synchronized void append(long source, long target, long count) {
    MapState now = state;
    Tail tail = now.tail();
    int size = tail.size();
    long sourceNext = now.next(Axis.SOURCE);
    long targetNext = now.next(Axis.TARGET);
    changes.open();
    if (size > 0 && source == sourceNext && target == targetNext) {
      tail.extend(count);
      return;
    }
    if (source < sourceNext || target < Math.max(targetNext, now.bounds().reached()) || count < 1) {
      throw new IllegalStateException(
          "source %d is target %d, %d records of %s, does not follow source %d, target %d"
              .formatted(source, target, count, route, sourceNext, now.reached()));
    }
    Bounds bounds = now.bounds();
    if (!bounds.origin() && bounds.target() < 0) {
      now = now.with(new Bounds(bounds.source(), target, false, target));
    }
    if (size == Segments.MOST) {
      now = withPackedTail(now);
    } else if (size == tail.capacity()) {
      now = now.with(tail.grown());
    }
    now.tail().add(source, target, count);
    state = now;
  }

  /**
   * Records that the records after the last known one and before source offset {@code sourceNext}
   * were copied, but their target offsets are unknown.
   */
  public synchronized void unknownUpTo(long sourceNext) {
    changes.open();
    state = withUnmappedRange(state, sourceNext);
  }

  /**
   * Records that the target has no record of the route between the last known one and offset {@code
   * end} of its log.
   *
   * @return whether that wasn't known before
   */
  public synchronized boolean targetEnd(long end) {
    if (end <= targetEnd || end <= state.reached() || !state.endIsKnown()) {
      return false;
    }
    changes.open();
    targetEnd = end;
    return true;
  }

  // Changing, by the control thread.

  /** Up to which offset target positions can be translated; empty if that isn't known. */
  synchronized OptionalLong reached() {
    MapState now = state;
    return now.endIsKnown()
        ? OptionalLong.of(Math.max(now.reached(), targetEnd))
        : OptionalLong.empty();
  }

  /**
   * Continues the map at {@code sourceNext}: removes the entries from there on, since they will be
   * appended again.
   *
   * @param checkpoint the checkpoint to use from now on
   * @param targetNext the least target offset of the next record; if it is less than the known end,
   *     the target lost its tail; 0 if no record of the route is known to be in the target
   */
  synchronized void reopen(AtomicLong checkpoint, long sourceNext, long targetNext) {
    changes.open();
    MapState now = below(Axis.SOURCE, sourceNext, state);
    if (targetNext < state.next(Axis.TARGET)) {
      targetEnd = 0; // the log may have been truncated or recreated
    }
    if (targetNext == 0) {
      state = below(Axis.TARGET, 0, now).withoutEnd().with(checkpoint);
      return;
    }
    if (targetNext < now.reached()) {
      now = below(Axis.TARGET, targetNext, now);
    } else if (targetNext > now.reached() && state.checkpoint().get() < sourceNext) {
      now = withUnknownCopies(now, sourceNext, targetNext);
    }
    // after an unmapped range the last record may be anywhere, unless the sink has more information
    boolean tells = now.endIsKnown() || targetNext > now.reached();
    state = (tells ? now.with(now.bounds().reaching(targetNext)) : now).with(checkpoint);
  }

  /** Records were copied without this map. */
  private static MapState withUnknownCopies(MapState now, long sourceNext, long targetNext) {
    if (now.blocks().size() == 0 && now.tail().size() == 0) {
      Bounds bounds = new Bounds(sourceNext, targetNext, false, targetNext);
      MapState empty = MapState.empty(bounds, now.checkpoint());
      // keeps the numbers of the former blocks, which the stored chunks have
      return empty.with(now.blocks(), empty.end(), empty.tail());
    }
    MapState longer = withUnmappedRange(now, sourceNext);
    End end = new End(longer.end().source(), targetNext, true);
    return longer.with(longer.blocks(), end, longer.tail());
  }

  /** Removes everything from this target offset on, which the target has lost. */
  synchronized void truncateTarget(long offset) {
    changes.open();
    targetEnd = Math.min(targetEnd, offset);
    state = below(Axis.TARGET, offset, state);
  }

  /** An offset of the target that all records of this map are before. */
  synchronized long copiedEnd() {
    return state.reached();
  }

  /** Removes everything before this target offset, which the target has deleted. */
  synchronized void trim(long logStart) {
    MapState now = state;
    Bounds bounds = now.bounds();
    if (logStart <= bounds.target() && bounds.origin()) {
      return;
    }
    if (logStart >= now.reached() && !now.endIsKnown()) {
      return; // the last records may be after it
    }
    changes.open();
    long source;
    if (logStart >= now.reached()) {
      source = now.next(Axis.SOURCE);
    } else {
      Translation first =
          now.toSource(route, logStart, new MapState.Reach(now.checkpoint().get(), targetEnd));
      if (first instanceof Exact exact) {
        source = exact.offset();
      } else if (first instanceof AtLeast early) {
        source = early.offset();
      } else {
        return; // it is before the first known offset
      }
    }
    now = now.with(bounds.trimmed(source, logStart));
    int gone = Math.max(0, now.blocks().floor(Axis.SOURCE, source));
    state = gone == 0 ? now : shortened(now, now.blocks().without(gone));
  }

  /** Makes the oldest blocks coarse until so many bytes are free, or no blocks are left. */
  synchronized void coarsen(long bytesToFree) {
    MapState now = state;
    int chunks = 0;
    while (chunks < now.blocks().chunks() && now.blocks().bytes(chunks) < bytesToFree) {
      chunks++;
    }
    if (chunks > 0) {
      state = shortened(now, now.blocks().coarsened(chunks, MOST_COARSE));
    }
  }

  /**
   * Takes the chunks that have changed since the last call.
   *
   * @param checkpoint the checkpoint, read before the chunks of any route of the partition
   */
  synchronized List<MapChunk> takeChanged(long checkpoint) {
    return changes.take(route, state, targetEnd, checkpoint);
  }

  /** The stored chunks are lost: all chunks have to be taken again. */
  synchronized void lost() {
    changes.lost(state.blocks().range());
  }

  /** As {@link #takeChanged}, and always with the chunk that contains the checkpoint. */
  synchronized List<MapChunk> takeCheckpoint(long checkpoint) {
    changes.open();
    return changes.take(route, state, targetEnd, checkpoint);
  }

  /** Uses the checkpoint of the partition from now on. */
  synchronized void share(AtomicLong checkpoint) {
    state = state.with(checkpoint);
  }

  long checkpoint() {
    return state.checkpoint().get();
  }

  // Deriving the next state.

  private MapState shortened(MapState now, Blocks blocks) {
    changes.shortened(now.blocks().range(), blocks.range());
    return now.with(blocks, now.end(), now.tail());
  }

  private static MapState withPackedTail(MapState now) {
    Tail tail = now.tail();
    int size = tail.size();
    Blocks blocks =
        now.blocks()
            .with(
                tail.first(Axis.SOURCE, 0), tail.first(Axis.TARGET, 0), Segments.pack(tail, size));
    End end = new End(tail.next(Axis.SOURCE, size - 1), tail.next(Axis.TARGET, size - 1), true);
    return now.with(blocks, end, new Tail(Segments.MOST));
  }

  private static MapState withUnmappedRange(MapState state, long sourceNext) {
    MapState now = state.tail().size() > 0 ? withPackedTail(state) : state;
    long from = now.next(Axis.SOURCE);
    if (sourceNext <= from) {
      return now;
    }
    End end = new End(sourceNext, now.end().target(), false);
    Blocks blocks = now.blocks();
    if (blocks.size() == 0) {
      Bounds bounds = new Bounds(sourceNext, Bounds.UNKNOWN, false, Bounds.UNKNOWN);
      return now.with(blocks, end, now.tail()).with(bounds);
    }
    boolean continues = blocks.isUnmapped(blocks.size() - 1) && !now.end().known();
    return now.with(
            continues ? blocks : blocks.with(from, now.end().target(), Segments.NONE),
            end,
            now.tail())
        .with(now.bounds().reaching(Bounds.UNKNOWN));
  }

  private MapState below(Axis axis, long at, MapState state) {
    MapState now = state;
    if (axis == Axis.TARGET) {
      now = now.with(now.bounds().belowTarget(at));
    }
    Tail tail = now.tail();
    if (tail.size() > 0 && tail.first(axis, 0) < at) {
      return now.with(tail.below(axis, at));
    }
    if (at >= now.end().at(axis)) {
      return now.with(new Tail(tail.capacity()));
    }
    int block = now.blocks().floor(axis, at - 1);
    if (block < 0) {
      return nothing(axis, at, now);
    }
    boolean unmapped = now.blocks().isUnmapped(block);
    Blocks kept = now.blocks().keep(unmapped ? block + 1 : block);
    End end = unmapped ? endOfUnmapped(axis, at, block, now) : endOf(block - 1, now);
    Tail rest = unmapped ? new Tail(Segments.MOST) : now.blocks().unpack(block).below(axis, at);
    changes.shortened(now.blocks().range(), kept.range());
    return now.with(kept, end, rest);
  }

  private MapState nothing(Axis axis, long at, MapState now) {
    changes.shortened(now.blocks().range(), now.blocks().keep(0).range());
    Bounds old = now.bounds();
    long source = axis == Axis.SOURCE ? Math.min(old.source(), at) : old.source();
    long reached = axis == Axis.TARGET ? at : Math.max(old.reached(), old.target());
    Bounds bounds = new Bounds(source, old.target(), old.origin(), reached);
    MapState empty = MapState.empty(bounds, now.checkpoint());
    return empty.with(now.blocks().keep(0), empty.end(), empty.tail());
  }

  /** Where a block ends; for -1, where the map begins. */
  private static End endOf(int block, MapState now) {
    Blocks blocks = now.blocks();
    if (block < 0) {
      Bounds bounds = now.bounds(); // may be inside the first block
      return new End(
          Math.min(bounds.source(), blocks.first(Axis.SOURCE, 0)),
          Math.min(Math.max(0, bounds.target()), blocks.first(Axis.TARGET, 0)),
          bounds.target() >= 0);
    }
    if (blocks.isUnmapped(block)) {
      return new End(
          blocks.first(Axis.SOURCE, block + 1), blocks.first(Axis.TARGET, block + 1), true);
    }
    Tail segments = blocks.unpack(block);
    int last = segments.size() - 1;
    return new End(segments.next(Axis.SOURCE, last), segments.next(Axis.TARGET, last), true);
  }

  /** Where an unmapped range ends after its rest was removed. */
  private static End endOfUnmapped(Axis axis, long at, int block, MapState now) {
    Blocks blocks = now.blocks();
    boolean last = block + 1 == blocks.size();
    long source = last ? now.end().source() : blocks.first(Axis.SOURCE, block + 1);
    return axis == Axis.SOURCE
        ? new End(at, blocks.first(Axis.TARGET, block), false)
        : new End(source, at, true);
  }

  @Override
  public String toString() {
    MapState now = state;
    return "offset map of %s: %d blocks, %d segments after them, up to source %d, target %d"
        .formatted(
            route,
            now.blocks().size(),
            now.tail().size(),
            now.next(Axis.SOURCE),
            now.next(Axis.TARGET));
  }

  MapState state() {
    return state;
  }
}
