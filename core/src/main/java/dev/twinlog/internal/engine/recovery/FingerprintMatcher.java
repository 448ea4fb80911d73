package dev.twinlog.internal.engine.recovery;

import dev.twinlog.spi.GapCause;
import dev.twinlog.spi.OffsetRun;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.RecordFingerprint;
import dev.twinlog.spi.Recovery.SkipMatching;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.TargetRun;
import java.util.List;

/**
 * Matches already written records of which only the target offsets and the fingerprints of the last
 * ones are known. All of them are verified at once, when the fingerprints of the last ones match:
 * if the number of outputs had changed, other outputs would be the last ones.
 */
final class FingerprintMatcher implements DuplicateMatcher {
  private final Route route;
  private final long from;
  private final long count;
  private final List<TargetRun> runs;
  private final List<Long> lastFingerprints;
  private final boolean timestampsIncluded;
  private long taken;
  private int run;
  private long takenOfRun;

  /**
   * Creates a matcher.
   *
   * @param from the source offset from which the records are read again
   */
  FingerprintMatcher(Route route, SkipMatching skip, long from) {
    long located = skip.held().stream().mapToLong(TargetRun::count).sum();
    if (located != skip.count()) {
      throw new PartitionFailedException(
          "the sink reports that it has %d records of %s, but the offsets of %d"
              .formatted(skip.count(), route, located));
    }
    int prints = skip.lastFingerprints().size();
    if (prints == 0) {
      throw AlreadyWrittenMismatchException.unprovable(route, from, skip.count());
    }
    if (prints > skip.count()) {
      throw new PartitionFailedException(
          "the sink reports that it has %d records of %s, but the fingerprints of %d"
              .formatted(skip.count(), route, prints));
    }
    this.route = route;
    this.from = from;
    this.count = skip.count();
    this.runs = skip.held();
    this.lastFingerprints = skip.lastFingerprints();
    this.timestampsIncluded = skip.timestampsIncluded();
  }

  @Override
  public OffsetRun match(ReplicationRecord output) {
    TargetRun in = runs.get(run);
    long target = in.first() + takenOfRun;
    long number = taken - (count - lastFingerprints.size());
    if (number >= 0
        && RecordFingerprint.of(output, timestampsIncluded) != lastFingerprints.get((int) number)) {
      throw AlreadyWrittenMismatchException.otherContent(
          route, output.offset(), target, from, count);
    }
    taken++;
    takenOfRun++;
    if (takenOfRun == in.count()) {
      run++;
      takenOfRun = 0;
    }
    return new OffsetRun(output.offset(), target, 1);
  }

  @Override
  public boolean isComplete() {
    return taken == count;
  }

  @Override
  public boolean isProven() {
    return isComplete();
  }

  @Override
  public long unmatchedAfter(GapCause gap) {
    return count;
  }
}
