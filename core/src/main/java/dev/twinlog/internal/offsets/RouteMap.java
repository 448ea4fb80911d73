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
 * The offset map of one route: which target offset each copied record has, as segments of
 * consecutive offsets on both sides.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>segments ascend in the source and in the target and don't overlap on either side; what
 *       would break this is refused;
 *   <li>up to the cut every record of the route is in a segment or in a stretch; a source offset
 *       that is in neither has no copy;
 *   <li>an answer is exact, or a position that is not behind the right one, or none.
 * </ul>
 *
 * <p>Thread-safe. Readers need no lock and never wait. Writers are few: the lane's writer thread
 * appends, the control thread does everything else, under one lock that is hardly ever contended.
 */
public final class RouteMap {
  /** How many coarse stretches a route keeps at most. */
  private static final int MOST_COARSE = 256;

  /** The objects of a route's map, without segments. */
  private static final long BASE_BYTES = 400;

  private final Route route;
  private volatile MapState state;
  private final Changes changes;

  /** The target's log has come this far, and holds nothing of the route behind its last record. */
  private volatile long targetEnd;

  /** A map that holds what was loaded. */
  RouteMap(Route route, MapState state, long targetEnd, Changes changes) {
    this.route = route;
    this.state = state;
    this.targetEnd = targetEnd;
    this.changes = changes;
  }

  /** A map that knows nothing but where it begins. */
  static RouteMap startingAt(Route route, Bounds bounds, AtomicLong cut) {
    return new RouteMap(route, MapState.empty(bounds, cut), 0, Changes.all());
  }

  public Route route() {
    return route;
  }

  // Readers.

  /** See {@link dev.twinlog.spi.OffsetHistory#toTarget}. */
  public Translation toTarget(long offset) {
    while (true) {
      AtomicLong cut = state.cut();
      long copied = cut.getAcquire();
      MapState now = state;
      if (now.cut() == cut) { // else it was truncated in between
        return now.toTarget(route, offset, copied);
      }
    }
  }

  /** See {@link dev.twinlog.spi.OffsetHistory#toSource}. */
  public Translation toSource(long offset) {
    long end = targetEnd; // first: what lands afterwards is behind it
    while (true) {
      AtomicLong cut = state.cut();
      long copied = cut.getAcquire();
      MapState now = state;
      if (now.cut() == cut) {
        return now.toSource(route, offset, new MapState.Reach(copied, end));
      }
    }
  }

  /** What it takes in memory, in bytes. */
  long bytes() {
    MapState now = state;
    return BASE_BYTES + now.blocks().bytes() + 24L * now.tail().capacity();
  }

  /** What could become coarse, in bytes. */
  long fineBytes() {
    Blocks blocks = state.blocks();
    return blocks.bytes(blocks.chunks());
  }

  // The lane's writer thread.

  /**
   * Takes down that source offsets {@code [source, source + count)} are target offsets {@code
   * [target, target + count)}.
   *
   * @throws IllegalStateException if that is not behind everything that is known on both sides
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
      now = sealed(now);
    } else if (size == tail.capacity()) {
      now = now.with(tail.grown());
    }
    now.tail().add(source, target, count);
    state = now;
  }

  /**
   * Takes down that records of source offsets before {@code sourceNext}, and behind all that is
   * known, were copied without it being known whereto.
   */
  public synchronized void unknownUpTo(long sourceNext) {
    changes.open();
    state = withStretch(state, sourceNext);
  }

  /**
   * Takes down that the target's log has come this far, while all that it holds of the route is
   * known: behind the last record there is nothing of it up to there.
   *
   * @return whether that is news
   */
  public synchronized boolean targetEnd(long end) {
    if (end <= targetEnd || end <= state.reached() || !state.endIsKnown()) {
      return false;
    }
    changes.open();
    targetEnd = end;
    return true;
  }

  // The control thread.

  /** Up to where target positions can be translated; empty if that isn't known. */
  synchronized OptionalLong reached() {
    MapState now = state;
    return now.endIsKnown()
        ? OptionalLong.of(Math.max(now.reached(), targetEnd))
        : OptionalLong.empty();
  }

  /**
   * Goes on at {@code sourceNext}: forgets what was known from there on, since it will be told
   * again.
   *
   * @param cut says from now on how far the partition is copied
   * @param targetNext what comes next lands there or later; less than what is known means that the
   *     target lost its end; 0 that nothing of the route is known to be there
   */
  synchronized void reopen(AtomicLong cut, long sourceNext, long targetNext) {
    changes.open();
    MapState now = below(Axis.SOURCE, sourceNext, state);
    if (targetNext < state.next(Axis.TARGET)) {
      targetEnd = 0; // the log is not the one that was seen
    }
    if (targetNext == 0) {
      state = below(Axis.TARGET, 0, now).withoutEnd().with(cut);
      return;
    }
    if (targetNext < now.reached()) {
      now = below(Axis.TARGET, targetNext, now);
    } else if (targetNext > now.reached() && state.cut().get() < sourceNext) {
      now = copiedUnseen(now, sourceNext, targetNext);
    }
    // behind a stretch the last record may be anywhere, unless the sink knows more than the map
    boolean tells = now.endIsKnown() || targetNext > now.reached();
    state = (tells ? now.with(now.bounds().reaching(targetNext)) : now).with(cut);
  }

  /** Someone copied without this map. */
  private static MapState copiedUnseen(MapState now, long sourceNext, long targetNext) {
    if (now.blocks().size() == 0 && now.tail().size() == 0) {
      Bounds bounds = new Bounds(sourceNext, targetNext, false, targetNext);
      MapState empty = MapState.empty(bounds, now.cut());
      // with the numbers of the blocks that there were: the stored chunks bear them
      return empty.with(now.blocks(), empty.end(), empty.tail());
    }
    MapState longer = withStretch(now, sourceNext);
    End end = new End(longer.end().source(), targetNext, true);
    return longer.with(longer.blocks(), end, longer.tail());
  }

  /** The target has lost everything from this offset on. */
  synchronized void truncateTarget(long offset) {
    changes.open();
    targetEnd = Math.min(targetEnd, offset);
    state = below(Axis.TARGET, offset, state);
  }

  /** The target has deleted everything before this offset. */
  synchronized void trim(long logStart) {
    MapState now = state;
    Bounds bounds = now.bounds();
    if (logStart <= bounds.target() && bounds.origin()) {
      return;
    }
    if (logStart >= now.reached() && !now.endIsKnown()) {
      return; // what was copied last may be behind it
    }
    changes.open();
    long source;
    if (logStart >= now.reached()) {
      source = now.next(Axis.SOURCE);
    } else {
      Translation first =
          now.toSource(route, logStart, new MapState.Reach(now.cut().get(), targetEnd));
      if (first instanceof Exact exact) {
        source = exact.offset();
      } else if (first instanceof AtLeast early) {
        source = early.offset();
      } else {
        return; // it begins before what is known
      }
    }
    now = now.with(bounds.trimmed(source, logStart));
    int gone = Math.max(0, now.blocks().floor(Axis.SOURCE, source));
    state = gone == 0 ? now : shortened(now, now.blocks().without(gone));
  }

  /** Gives up details of the oldest records until that many bytes are free, or none are left. */
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
   * The chunks that have changed since the last call.
   *
   * @param cut as it was before any route of the partition was asked for its chunks
   */
  synchronized List<MapChunk> takeChanged(long cut) {
    return changes.take(route, state, targetEnd, cut);
  }

  /** What was given away has to be given away again. */
  synchronized void lost() {
    changes.lost(state.blocks().range());
  }

  /** As {@link #takeChanged}, and at least the chunk that has the cut. */
  synchronized List<MapChunk> takeCut(long cut) {
    changes.open();
    return changes.take(route, state, targetEnd, cut);
  }

  /** Takes over the cut of its partition. */
  synchronized void share(AtomicLong cut) {
    state = state.with(cut);
  }

  long cut() {
    return state.cut().get();
  }

  // Steps that change a state into the next one.

  private MapState shortened(MapState now, Blocks blocks) {
    changes.shortened(now.blocks().range(), blocks.range());
    return now.with(blocks, now.end(), now.tail());
  }

  private static MapState sealed(MapState now) {
    Tail tail = now.tail();
    int size = tail.size();
    Blocks blocks =
        now.blocks()
            .with(
                tail.first(Axis.SOURCE, 0), tail.first(Axis.TARGET, 0), Segments.pack(tail, size));
    End end = new End(tail.next(Axis.SOURCE, size - 1), tail.next(Axis.TARGET, size - 1), true);
    return now.with(blocks, end, new Tail(Segments.MOST));
  }

  private static MapState withStretch(MapState state, long sourceNext) {
    MapState now = state.tail().size() > 0 ? sealed(state) : state;
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
    boolean goesOn = blocks.isStretch(blocks.size() - 1) && !now.end().known();
    return now.with(
            goesOn ? blocks : blocks.with(from, now.end().target(), Segments.NONE), end, now.tail())
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
    boolean stretch = now.blocks().isStretch(block);
    Blocks kept = now.blocks().keep(stretch ? block + 1 : block);
    End end = stretch ? endOfStretch(axis, at, block, now) : endOf(block - 1, now);
    Tail rest = stretch ? new Tail(Segments.MOST) : now.blocks().unpack(block).below(axis, at);
    changes.shortened(now.blocks().range(), kept.range());
    return now.with(kept, end, rest);
  }

  private MapState nothing(Axis axis, long at, MapState now) {
    changes.shortened(now.blocks().range(), now.blocks().keep(0).range());
    Bounds old = now.bounds();
    long source = axis == Axis.SOURCE ? Math.min(old.source(), at) : old.source();
    long reached = axis == Axis.TARGET ? at : Math.max(old.reached(), old.target());
    Bounds bounds = new Bounds(source, old.target(), old.origin(), reached);
    MapState empty = MapState.empty(bounds, now.cut());
    return empty.with(now.blocks().keep(0), empty.end(), empty.tail());
  }

  /** Where a block ends; the one before the first ends where the knowledge begins. */
  private static End endOf(int block, MapState now) {
    Blocks blocks = now.blocks();
    if (block < 0) {
      Bounds bounds = now.bounds(); // which may lie inside of the first block
      return new End(
          Math.min(bounds.source(), blocks.first(Axis.SOURCE, 0)),
          Math.min(Math.max(0, bounds.target()), blocks.first(Axis.TARGET, 0)),
          bounds.target() >= 0);
    }
    if (blocks.isStretch(block)) {
      return new End(
          blocks.first(Axis.SOURCE, block + 1), blocks.first(Axis.TARGET, block + 1), true);
    }
    Tail segments = blocks.unpack(block);
    int last = segments.size() - 1;
    return new End(segments.next(Axis.SOURCE, last), segments.next(Axis.TARGET, last), true);
  }

  /** Where a stretch ends of which the rest was cut off. */
  private static End endOfStretch(Axis axis, long at, int block, MapState now) {
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
    return "offset map of %s: %d blocks, %d segments behind them, up to source %d, target %d"
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
