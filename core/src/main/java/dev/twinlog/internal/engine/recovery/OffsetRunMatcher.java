package dev.twinlog.internal.engine.recovery;

import dev.twinlog.spi.GapCause;
import dev.twinlog.spi.OffsetRun;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.Recovery.SkipRecords;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.Route;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * Matches already written records whose source offsets the target knows, so each record is verified
 * by its own offset.
 */
public final class OffsetRunMatcher implements DuplicateMatcher {
  private final Route route;
  private final long from;
  private final long count;
  private final long skipped;
  private final long skippedEnd;
  private final ArrayDeque<OffsetRun> rest = new ArrayDeque<>();

  /**
   * Creates a matcher.
   *
   * @param from the source offset from which records are read again; earlier ones are skipped
   */
  OffsetRunMatcher(Route route, SkipRecords skip, long from) {
    long proven = skip.held().stream().mapToLong(OffsetRun::count).sum();
    if (proven != skip.count()) {
      throw new PartitionFailedException(
          "the sink reports that it has %d records of %s, but the source offsets of %d"
              .formatted(skip.count(), route, proven));
    }
    this.route = route;
    this.from = from;
    long end = 0;
    for (OffsetRun run : skip.held()) {
      long before = Math.max(0, Math.min(run.count(), from - run.sourceFirst()));
      if (before > 0) {
        end = run.targetFirst() + before;
      }
      if (before < run.count()) {
        rest.add(
            new OffsetRun(
                run.sourceFirst() + before, run.targetFirst() + before, run.count() - before));
      }
    }
    this.count = rest.stream().mapToLong(OffsetRun::count).sum();
    this.skipped = skip.count() - count;
    this.skippedEnd = end;
  }

  /** How many records will be read again. */
  long count() {
    return count;
  }

  /** How many records won't be read again. */
  long skipped() {
    return skipped;
  }

  /** The target offset after the records that won't be read again; 0 if there are none. */
  long skippedEnd() {
    return skippedEnd;
  }

  @Override
  public OffsetRun match(ReplicationRecord output) {
    OffsetRun next = rest.removeFirst();
    if (next.sourceFirst() != output.offset()) {
      throw AlreadyWrittenMismatchException.otherOffset(
          route, next.sourceFirst(), output.offset(), from, count);
    }
    if (next.count() > 1) {
      rest.addFirst(
          new OffsetRun(next.sourceFirst() + 1, next.targetFirst() + 1, next.count() - 1));
    }
    return new OffsetRun(next.sourceFirst(), next.targetFirst(), 1);
  }

  @Override
  public boolean isComplete() {
    return rest.isEmpty();
  }

  @Override
  public boolean isProven() {
    return true;
  }

  /** After a gap offsets keep their records; after a truncation they are assigned again. */
  @Override
  public long unmatchedAfter(GapCause gap) {
    return gap == GapCause.TRUNCATION ? rest.stream().mapToLong(OffsetRun::count).sum() : 0;
  }

  /** Joins adjacent runs, so that a list of single records becomes a list of runs. */
  public static List<OffsetRun> join(List<OffsetRun> singles) {
    List<OffsetRun> joined = new ArrayList<>();
    for (OffsetRun run : singles) {
      OffsetRun last = joined.isEmpty() ? null : joined.get(joined.size() - 1);
      if (last != null
          && last.sourceNext() == run.sourceFirst()
          && last.targetNext() == run.targetFirst()) {
        joined.set(
            joined.size() - 1,
            new OffsetRun(last.sourceFirst(), last.targetFirst(), last.count() + run.count()));
      } else {
        joined.add(run);
      }
    }
    return joined;
  }
}
