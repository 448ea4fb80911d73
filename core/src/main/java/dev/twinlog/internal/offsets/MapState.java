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
 * The content of a route's map at one moment. Immutable except for the tail and the checkpoint.
 *
 * @param bounds where the map begins
 * @param blocks the segments that don't change any more, packed
 * @param end where the blocks end
 * @param tail the segments after the blocks
 * @param checkpoint up to which source offset the partition is copied; shared by its routes
 */
record MapState(Bounds bounds, Blocks blocks, End end, Tail tail, AtomicLong checkpoint) {

  /**
   * The offsets after the last block.
   *
   * @param known whether the target offset of the last record is known; if not, {@code target} is
   *     not after it, and the last block, if there is any, is an unmapped range
   */
  record End(long source, long target, boolean known) {
    long at(Axis axis) {
      return axis == Axis.SOURCE ? source : target;
    }
  }

  /** An empty map that begins at these bounds. */
  static MapState empty(Bounds bounds, AtomicLong checkpoint) {
    End end = new End(bounds.source(), Math.max(0, bounds.reached()), bounds.reached() >= 0);
    return new MapState(bounds, Blocks.NONE, end, new Tail(4), checkpoint);
  }

  MapState with(Bounds changed) {
    return new MapState(changed, blocks, end, tail, checkpoint);
  }

  /** The same map without any knowledge of the target's end. */
  MapState withoutEnd() {
    Bounds changed = new Bounds(bounds.source(), Bounds.UNKNOWN, bounds.origin(), Bounds.UNKNOWN);
    return new MapState(changed, blocks, new End(end.source(), 0, false), tail, checkpoint);
  }

  MapState with(Tail changed) {
    return new MapState(bounds, blocks, end, changed, checkpoint);
  }

  MapState with(AtomicLong changed) {
    return new MapState(bounds, blocks, end, tail, changed);
  }

  MapState with(Blocks changed, End changedEnd, Tail changedTail) {
    return new MapState(bounds, changed, changedEnd, changedTail, checkpoint);
  }

  /** The offset after the last known record. */
  long next(Axis axis) {
    int size = tail.size();
    return size > 0 ? tail.next(axis, size - 1) : end.at(axis);
  }

  /** A target offset that no later record is before. */
  long reached() {
    return Math.max(Math.max(bounds.reached(), bounds.target()), next(Axis.TARGET));
  }

  /** Whether the target offset of the last record is known. */
  boolean endIsKnown() {
    return end.known() || bounds.reached() >= 0 || tail.size() > 0;
  }

  /**
   * See {@link dev.twinlog.spi.OffsetHistory#toTarget}.
   *
   * @param copied the checkpoint, read before this state was
   */
  Translation toTarget(Route route, long offset, long copied) {
    if (offset > copied) {
      return new Pending(copied);
    }
    if (offset < bounds.source() && !bounds.origin()) {
      return unknownBefore(route.source(), bounds.source());
    }
    // the tail may grow concurrently: the result for an unknown offset must be read first
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
   * The positions of the copy before a state was read.
   *
   * @param copied the checkpoint
   * @param targetEnd up to which offset the target has no record of the route after its last one
   */
  record Reach(long copied, long targetEnd) {}

  /** See {@link dev.twinlog.spi.OffsetHistory#toSource}. */
  Translation toSource(Route route, long offset, Reach reach) {
    // as above; the source last: segments that are added after the target was read are found
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
            ? "the offset map of " + partition + " has no offsets: the sink returned none"
            : ("the offset map of %s begins at offset %d: earlier records were copied without an"
                    + " offset map")
                .formatted(partition, offset));
  }

  /** Finds the first record at or after {@code at}; null if there is none yet. */
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
      if (blocks.isUnmapped(block)) {
        return new AtLeast(other, blocks.first(value, block));
      }
      long found = blocks.find(block, axis, at);
      if (found != Segments.NOT_FOUND) {
        return new Exact(other, found);
      }
    }
    int next = block + 1;
    if (next < blocks.size()) {
      return blocks.isUnmapped(next)
          ? new AtLeast(other, blocks.first(value, next))
          : new Exact(other, blocks.first(value, next));
    }
    return size > 0 ? new Exact(other, tail.first(value, 0)) : null;
  }
}
