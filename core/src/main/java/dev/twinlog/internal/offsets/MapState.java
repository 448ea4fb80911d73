package dev.twinlog.internal.offsets;

import dev.twinlog.spi.Route;
import dev.twinlog.spi.Translation;
import dev.twinlog.spi.Translation.AtLeast;
import dev.twinlog.spi.Translation.Exact;
import dev.twinlog.spi.Translation.Pending;
import dev.twinlog.spi.Translation.Unavailable;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a route. Immutable but for the tail and the cut, see there.
 *
 * @param bounds where it begins
 * @param blocks what does not change any more
 * @param end where these end
 * @param tail what comes behind
 * @param cut how far the source partition is copied; shared by its routes
 */
record MapState(Bounds bounds, Blocks blocks, End end, Tail tail, AtomicLong cut) {

  /**
   * Where the blocks end: the offsets behind the last one.
   *
   * @param known whether the target of the last record is known; if not, {@code target} is not
   *     behind it, and the last block is a stretch, if there is any
   */
  record End(long source, long target, boolean known) {
    long at(Axis axis) {
      return axis == Axis.SOURCE ? source : target;
    }
  }

  /** Nothing, from here on. */
  static MapState empty(Bounds bounds, AtomicLong cut) {
    End end = new End(bounds.source(), Math.max(0, bounds.reached()), bounds.reached() >= 0);
    return new MapState(bounds, Blocks.NONE, end, new Tail(4), cut);
  }

  MapState with(Bounds changed) {
    return new MapState(changed, blocks, end, tail, cut);
  }

  /** Where nothing is known of the target. */
  MapState withoutEnd() {
    Bounds changed = new Bounds(bounds.source(), Bounds.UNKNOWN, bounds.origin(), Bounds.UNKNOWN);
    return new MapState(changed, blocks, new End(end.source(), 0, false), tail, cut);
  }

  MapState with(Tail changed) {
    return new MapState(bounds, blocks, end, changed, cut);
  }

  MapState with(AtomicLong changed) {
    return new MapState(bounds, blocks, end, tail, changed);
  }

  MapState with(Blocks changed, End changedEnd, Tail changedTail) {
    return new MapState(bounds, changed, changedEnd, changedTail, cut);
  }

  /** The offset behind the last record that is known. */
  long next(Axis axis) {
    int size = tail.size();
    return size > 0 ? tail.next(axis, size - 1) : end.at(axis);
  }

  /** The target offset that everything still to come is not before. */
  long reached() {
    return Math.max(Math.max(bounds.reached(), bounds.target()), next(Axis.TARGET));
  }

  /** Whether it is known where the last record is. */
  boolean endIsKnown() {
    return end.known() || bounds.reached() >= 0 || tail.size() > 0;
  }

  /**
   * See {@link dev.twinlog.spi.OffsetHistory#toTarget}.
   *
   * @param copied the cut, read before this state was
   */
  Translation toTarget(Route route, long offset, long copied) {
    if (offset > copied) {
      return new Pending(copied);
    }
    if (offset < bounds.source() && !bounds.origin()) {
      return unknownBefore(route.source(), bounds.source());
    }
    // the tail grows meanwhile: what is told if nothing is found must have been read before
    long reached = reached();
    boolean known = endIsKnown();
    Translation found = locate(Axis.SOURCE, Math.max(offset, bounds.source()), route.target());
    if (found instanceof AtLeast early && early.offset() < bounds.target()) {
      return new AtLeast(route.target(), bounds.target());
    }
    if (found != null) {
      return found;
    }
    return known
        ? new Exact(route.target(), reached)
        : new AtLeast(route.target(), Math.max(0, reached));
  }

  /**
   * How far things had come before a state was read.
   *
   * @param copied the cut
   * @param targetEnd up to where the target holds nothing of the route behind its last record
   */
  record Reach(long copied, long targetEnd) {}

  /** See {@link dev.twinlog.spi.OffsetHistory#toSource}. */
  Translation toSource(Route route, long offset, Reach reach) {
    // as above; the source last: what is added after the target was read is found
    boolean known = endIsKnown();
    long reached = reached();
    long sourceNext = next(Axis.SOURCE);
    if (known && offset > Math.max(reached, reach.targetEnd())) {
      return new Pending(reached);
    }
    if (!bounds.origin() && (bounds.target() < 0 || offset < bounds.target())) {
      return unknownBefore(route.target(), bounds.target());
    }
    Translation found = locate(Axis.TARGET, Math.max(offset, bounds.target()), route.source());
    if (found instanceof AtLeast early && early.offset() < bounds.source()) {
      return new AtLeast(route.source(), bounds.source());
    }
    if (found != null) {
      return found;
    }
    long last = Math.max(reach.copied(), sourceNext);
    return known ? new Exact(route.source(), last) : new AtLeast(route.source(), last);
  }

  private static Unavailable unknownBefore(TopicPartition partition, long offset) {
    return new Unavailable(
        offset < 0
            ? "the offset map of " + partition + " knows no offsets: the sink told none"
            : ("the offset map of %s begins at offset %d: what was copied before that was copied"
                    + " without one")
                .formatted(partition, offset));
  }

  /** The first record at or after {@code at}; null if there is none yet. */
  private @Nullable Translation locate(Axis axis, long at, TopicPartition other) {
    Axis value = axis == Axis.SOURCE ? Axis.TARGET : Axis.SOURCE;
    int size = tail.size();
    if (size > 0 && at >= tail.first(axis, 0)) {
      int segment = tail.floor(size, axis, at);
      long within = at - tail.first(axis, segment);
      if (within < tail.count(segment)) {
        return new Exact(other, tail.first(value, segment) + within);
      }
      return segment + 1 < size ? new Exact(other, tail.first(value, segment + 1)) : null;
    }
    int block = blocks.floor(axis, at);
    if (block >= 0 && (at < end.at(axis) || (axis == Axis.TARGET && !end.known()))) {
      if (blocks.isStretch(block)) {
        return new AtLeast(other, blocks.first(value, block));
      }
      long found = blocks.find(block, axis, at);
      if (found != Segments.NOT_FOUND) {
        return new Exact(other, found);
      }
    }
    int next = block + 1;
    if (next < blocks.size()) {
      return blocks.isStretch(next)
          ? new AtLeast(other, blocks.first(value, next))
          : new Exact(other, blocks.first(value, next));
    }
    return size > 0 ? new Exact(other, tail.first(value, 0)) : null;
  }
}
