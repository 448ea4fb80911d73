package dev.twinlog.internal.offsets;

/**
 * The offsets at which a route's map begins, and a lower bound of the target offset of the next
 * record.
 *
 * @param source before this source offset nothing is known; or, at the origin, nothing was copied
 * @param target the same for the target; {@link #UNKNOWN} if that isn't known
 * @param origin whether the target has no earlier record of the route
 * @param reached a target offset that no later record is before; {@link #UNKNOWN} if there is none
 */
record Bounds(long source, long target, boolean origin, long reached) {
  static final long UNKNOWN = -1;

  Bounds reaching(long offset) {
    return new Bounds(source, target, origin, offset);
  }

  /** The bounds after the target has deleted all records before {@code logStart}. */
  Bounds trimmed(long firstSource, long logStart) {
    return new Bounds(firstSource, logStart, true, reached);
  }

  /** The bounds after the target has lost all records from {@code offset} on. */
  Bounds belowTarget(long offset) {
    return new Bounds(source, Math.min(target, offset), origin, Math.min(reached, offset));
  }
}
