package dev.twinlog.internal.verify;

import dev.twinlog.PartitionVerdict;
import dev.twinlog.internal.offsets.CopiedRoute;
import dev.twinlog.internal.offsets.MapRuns;
import dev.twinlog.spi.SkippedOffsets;
import org.jspecify.annotations.Nullable;

/**
 * Goes through the runs of one route within a window of the target's log, with what was read of the
 * source. The current run shrinks from its beginning as it is compared.
 */
final class RouteWalk {
  private static final long NEVER = Long.MAX_VALUE;

  private final CopiedRoute route;
  private final PartitionVerdict.Builder findings;
  private final LogSide source;
  private final SkippedOffsets skippedOffsets;
  private final Window window;
  private final MapRuns runs;
  private final long ownFrom;
  private long sourceFrom;
  private boolean has;
  private boolean mapped;
  private long from;
  private long to;
  private long count;
  private long toNext;

  /**
   * A part of a target's log.
   *
   * @param from first offset
   * @param to offset after the last one; {@link Long#MAX_VALUE} for everything that was copied, of
   *     which the source must have nothing more
   */
  record Window(long from, long to) {
    boolean isLast() {
      return to == Long.MAX_VALUE;
    }
  }

  /**
   * What is read of the source.
   *
   * @param log empty, at the offset from which it is read
   * @param sourceFrom source offsets before it are not compared
   * @param skipped source offsets that were left out of the copy
   */
  record From(LogSide log, long sourceFrom, SkippedOffsets skipped) {}

  /** Begins at the first run in the window. */
  RouteWalk(CopiedRoute route, PartitionVerdict.Builder findings, From from, Window window) {
    this.route = route;
    this.findings = findings;
    this.source = from.log();
    this.skippedOffsets = from.skipped();
    this.window = window;
    this.sourceFrom = from.sourceFrom();
    this.runs = route.runs();
    nextRun();
    this.ownFrom = route.beginsLate() && has ? to : 0;
  }

  /** A walk that compares nothing, and leaves out in the target what the route has written. */
  static RouteWalk passive(CopiedRoute route, Window window) {
    PartitionVerdict.Builder nothing = PartitionVerdict.builder(route.route().source());
    From never = new From(new LogSide(NEVER), NEVER, SkippedOffsets.none());
    return new RouteWalk(route, nothing, never, window);
  }

  /** Whether the source is not read. */
  boolean isPassive() {
    return sourceFrom == NEVER;
  }

  /**
   * The first run that is compared: of source offsets from {@code sourceFrom} on, in the window.
   *
   * @return null if there is none
   */
  static @Nullable Start start(CopiedRoute route, long sourceFrom, Window window) {
    MapRuns runs = route.runs();
    while (runs.next()) {
      long skip = Math.max(0, sourceFrom - runs.source());
      if (runs.isMapped()) {
        skip = Math.max(skip, window.from() - runs.target());
      }
      if (skip < runs.count() && runs.targetNext() > window.from()) {
        long target = runs.isMapped() ? runs.target() + skip : runs.target();
        return target < window.to() ? new Start(runs.source() + skip, target) : null;
      }
    }
    return null;
  }

  /** Where a comparison begins on both sides. */
  record Start(long source, long target) {}

  private void nextRun() {
    has = runs.next();
    while (has && runs.targetNext() <= window.from()) {
      has = runs.next();
    }
    if (!has || runs.target() >= window.to()) {
      has = false;
      return;
    }
    mapped = runs.isMapped();
    from = runs.source();
    to = runs.target();
    count = runs.count();
    toNext = runs.targetNext();
    if (mapped) {
      long before = Math.max(0, window.from() - to);
      from += before;
      to += before;
      count = Math.min(count - before, window.to() - to);
      toNext = to + count;
    }
  }

  CopiedRoute route() {
    return route;
  }

  PartitionVerdict.Builder findings() {
    return findings;
  }

  LogSide source() {
    return source;
  }

  Window window() {
    return window;
  }

  /** Whether a source offset was left out of the copy. */
  boolean isLeftOut(long offset) {
    return skippedOffsets.contains(offset);
  }

  /** The source offset before which nothing is compared. */
  long sourceFrom() {
    return sourceFrom;
  }

  /** Retention has removed what is before this source offset. */
  void startsAt(long offset) {
    sourceFrom = Math.max(sourceFrom, offset);
  }

  /** The target offset before which the map does not know what the link has written. */
  long ownFrom() {
    return ownFrom;
  }

  /** Whether there is a run left. */
  boolean hasRun() {
    return has;
  }

  /** Whether the single offsets of the run are known. */
  boolean isMapped() {
    return mapped;
  }

  /** The first source offset of what is left of the run. */
  long from() {
    return from;
  }

  /** Its first target offset. */
  long to() {
    return to;
  }

  /** How many source offsets are left of it. */
  long count() {
    return count;
  }

  /** The target offset after it. */
  long toNext() {
    return toNext;
  }

  /** How many of the first offsets of the run are not to be compared. */
  long skipped(LogSide target) {
    if (!mapped) {
      return count;
    }
    long skip = Math.max(sourceFrom - from, target.lostBelow() - to);
    return Math.max(0, Math.min(count, skip));
  }

  /** Leaves the first offsets of the run behind. */
  void advance(long by) {
    from += by;
    count -= by;
    if (mapped) {
      to += by;
    }
    if (count == 0) {
      nextRun();
    }
  }
}
