package dev.twinlog.internal.offsets;

/**
 * Where the knowledge of a route begins, and how far its target is at least.
 *
 * @param source before this source offset nothing is known; or, at the origin, nothing is there
 * @param target the same for the target; {@link #UNKNOWN} if that isn't known either
 * @param origin whether the target holds no record of the route from before
 * @param reached a target offset that everything still to come is not before; {@link #UNKNOWN} if
 *     there is none
 */
record Bounds(long source, long target, boolean origin, long reached) {
  static final long UNKNOWN = -1;

  Bounds reaching(long offset) {
    return new Bounds(source, target, origin, offset);
  }

  /** When the target has deleted everything before this offset. */
  Bounds trimmed(long firstSource, long logStart) {
    return new Bounds(firstSource, logStart, true, reached);
  }

  /** When the target has nothing from this offset on. */
  Bounds belowTarget(long offset) {
    return new Bounds(source, Math.min(target, offset), origin, Math.min(reached, offset));
  }
}
