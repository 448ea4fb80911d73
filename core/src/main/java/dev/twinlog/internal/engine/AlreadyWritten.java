package dev.twinlog.internal.engine;

import dev.twinlog.spi.GapCause;
import dev.twinlog.spi.OffsetRun;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.Route;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Outputs that a former run left in the target beyond the progress: they pass the stages once more
 * and are dropped, if they prove to be the ones that are there. Confined to the lane's reader
 * thread once the session is opened.
 *
 * <p>Invariant: a route has no trail once everything it held is taken and proved; until then
 * nothing is written to it.
 */
final class AlreadyWritten {
  private final Map<Route, DuplicateMatcher> trails = new HashMap<>();
  private final Map<Route, Long> resumeAt;
  private final Map<Route, Long> counts;
  private final boolean compacted;

  /**
   * Takes down what is held.
   *
   * @param trails what is to be found again, per route
   * @param counts how many records that is, for the same routes
   * @param resumeAt the source offsets below which everything of a route is held, per route
   * @param compacted whether the source may have fewer records by now than it had
   */
  AlreadyWritten(
      Map<Route, DuplicateMatcher> trails,
      Map<Route, Long> counts,
      Map<Route, Long> resumeAt,
      boolean compacted) {
    this.trails.putAll(trails);
    this.counts = Map.copyOf(counts);
    this.resumeAt = Map.copyOf(resumeAt);
    this.compacted = compacted;
  }

  /** Nothing at all. */
  static AlreadyWritten nothing() {
    return new AlreadyWritten(Map.of(), Map.of(), Map.of(), false);
  }

  /** How many records are held per route, as far as that is known; as it was in the beginning. */
  Map<Route, Long> counts() {
    return counts;
  }

  /** Below this source offset some route holds everything; as it was in the beginning. */
  long resumesAt() {
    return resumeAt.values().stream().mapToLong(Long::longValue).max().orElse(0);
  }

  /**
   * Whether the next output of the route, from this source offset, is held; if not, nothing behind
   * it is.
   */
  boolean holds(Route route, long sourceOffset) {
    return trails.containsKey(route) || sourceOffset < resumeAt.getOrDefault(route, 0L);
  }

  /**
   * Takes the next output of the route, which is held.
   *
   * @return the run of this one record; empty if the sink has no offsets
   * @throws AlreadyWrittenMismatchException if the target holds another record there
   */
  Optional<OffsetRun> take(Route route, ReplicationRecord output) {
    DuplicateMatcher trail = trails.get(route);
    if (trail == null) {
      return Optional.empty();
    }
    OffsetRun taken = trail.take(output);
    if (trail.isOver()) {
      trails.remove(route);
    }
    return Optional.of(taken);
  }

  /** Whether everything that was taken of the route is proved to be what the target holds. */
  boolean isProven(Route route) {
    DuplicateMatcher trail = trails.get(route);
    return trail == null || trail.isProven();
  }

  /** How many records can't be found again behind such a gap of the source. */
  long unmatchedBehind(GapCause gap) {
    return trails.values().stream().mapToLong(trail -> trail.unmatchedBehind(gap)).sum();
  }

  /** Whether all that is held was taken. */
  boolean isFound() {
    return trails.isEmpty();
  }

  /** Whether the source may have fewer records by now than it had. */
  boolean isCompacted() {
    return compacted;
  }

  /** Says of a route that everything up to the source's end was taken, and not all was found. */
  AlreadyWrittenMismatchException missing(long startedAt, long sourceEnd) {
    Route route = trails.keySet().iterator().next();
    return AlreadyWrittenMismatchException.fewer(
        route, sourceEnd, startedAt, counts.getOrDefault(route, 0L));
  }
}
