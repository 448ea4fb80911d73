package dev.twinlog.internal.engine.recovery;

import dev.twinlog.spi.GapCause;
import dev.twinlog.spi.OffsetRun;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.Route;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Records that a former run wrote to the target after the last saved progress. They are read and
 * staged again, and dropped once they are verified to be the records in the target. Confined to the
 * lane's reader thread once the session is opened.
 *
 * <p>Invariant: a route has a matcher until all of its records are found again and verified; until
 * then nothing is written to it.
 */
public final class AlreadyWritten {
  private final Map<Route, DuplicateMatcher> matchers = new HashMap<>();
  private final Map<Route, Long> resumeAt;
  private final Map<Route, Long> counts;
  private final boolean compacted;

  /**
   * Creates the expected records.
   *
   * @param matchers match the records to be found again, per route
   * @param counts the number of these records, for the same routes
   * @param resumeAt the source offsets below which all records of a route are written, per route
   * @param compacted whether the source may have lost records to compaction since
   */
  AlreadyWritten(
      Map<Route, DuplicateMatcher> matchers,
      Map<Route, Long> counts,
      Map<Route, Long> resumeAt,
      boolean compacted) {
    this.matchers.putAll(matchers);
    this.counts = Map.copyOf(counts);
    this.resumeAt = Map.copyOf(resumeAt);
    this.compacted = compacted;
  }

  /** No records. */
  public static AlreadyWritten nothing() {
    return new AlreadyWritten(Map.of(), Map.of(), Map.of(), false);
  }

  /** The initial number of records per route, as far as it is known. */
  public Map<Route, Long> counts() {
    return counts;
  }

  /** The initial source offset below which at least one route has all records. */
  public long resumesAt() {
    return resumeAt.values().stream().mapToLong(Long::longValue).max().orElse(0);
  }

  /**
   * Whether the next output of the route, from this source offset, is already written; if not, no
   * later one is.
   */
  public boolean contains(Route route, long sourceOffset) {
    return matchers.containsKey(route) || sourceOffset < resumeAt.getOrDefault(route, 0L);
  }

  /**
   * Matches the next output of the route, which is already written.
   *
   * @return the run of this one record; empty if the sink has no offsets
   * @throws AlreadyWrittenMismatchException if the target has another record at this offset
   */
  public Optional<OffsetRun> match(Route route, ReplicationRecord output) {
    DuplicateMatcher matcher = matchers.get(route);
    if (matcher == null) {
      return Optional.empty();
    }
    OffsetRun matched = matcher.match(output);
    if (matcher.isComplete()) {
      matchers.remove(route);
    }
    return Optional.of(matched);
  }

  /**
   * Whether all outputs of the route matched so far are verified to be the records in the target.
   */
  public boolean isProven(Route route) {
    DuplicateMatcher matcher = matchers.get(route);
    return matcher == null || matcher.isProven();
  }

  /** The number of records that can't be found again after such a gap of the source. */
  public long unmatchedAfter(GapCause gap) {
    return matchers.values().stream().mapToLong(matcher -> matcher.unmatchedAfter(gap)).sum();
  }

  /** Whether all records were found again. */
  public boolean isComplete() {
    return matchers.isEmpty();
  }

  /** Whether the source may have lost records to compaction since. */
  public boolean isCompacted() {
    return compacted;
  }

  /** Creates the error for a source that ended before all records were found again. */
  public AlreadyWrittenMismatchException missing(long startedAt, long sourceEnd) {
    Route route = matchers.keySet().iterator().next();
    return AlreadyWrittenMismatchException.fewer(
        route, sourceEnd, startedAt, counts.getOrDefault(route, 0L));
  }
}
