package dev.twinlog.internal.offsets;

import dev.twinlog.spi.Route;
import dev.twinlog.spi.Translation;

/**
 * What a route's offset map knew at one moment. Immutable: what is appended or removed later does
 * not show.
 */
public final class CopiedRoute {
  private final Route route;
  private final MapState state;
  private final long copied;

  CopiedRoute(Route route, MapState state, long copied) {
    this.route = route;
    this.state = state;
    this.copied = copied;
  }

  public Route route() {
    return route;
  }

  /** Everything before this source offset was copied. */
  public long copied() {
    return copied;
  }

  Bounds bounds() {
    return state.bounds();
  }

  /** The source offset at which the map begins. */
  public long sourceFirst() {
    return state.bounds().source();
  }

  /**
   * Whether records from before {@link #sourceFirst()} may be in the target, at unknown offsets.
   */
  public boolean beginsLate() {
    return !state.bounds().origin();
  }

  /** A target offset that no copied record is at or after, as far as that is known. */
  public long targetEnd() {
    return Math.max(0, state.reached());
  }

  /** See {@link dev.twinlog.spi.OffsetHistory#toTarget}. */
  public Translation toTarget(long offset) {
    return state.toTarget(route, offset, copied);
  }

  /** Returns the runs of the map, from the first one on. */
  public MapRuns runs() {
    return new MapRuns(state, copied);
  }

  @Override
  public String toString() {
    return "%s, copied up to %d".formatted(route, copied);
  }
}
