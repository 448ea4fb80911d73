package dev.twinlog;

import java.time.Duration;

/** How far a verification is. Immutable. */
public final class VerifyProgress {
  private final int partitionsDone;
  private final int partitions;
  private final long records;
  private final long bytes;
  private final long differences;
  private final Duration elapsed;

  /** Creates a progress; for what verifies, and for tests. */
  public VerifyProgress(
      int partitionsDone,
      int partitions,
      long records,
      long bytes,
      long differences,
      Duration elapsed) {
    this.partitionsDone = partitionsDone;
    this.partitions = partitions;
    this.records = records;
    this.bytes = bytes;
    this.differences = differences;
    this.elapsed = elapsed;
  }

  /** How many source partitions are finished. */
  public int partitionsDone() {
    return partitionsDone;
  }

  /** How many source partitions are verified in all. */
  public int partitions() {
    return partitions;
  }

  /** The number of source records that were compared so far. */
  public long records() {
    return records;
  }

  /** Their size in bytes, as stored by the source. */
  public long bytes() {
    return bytes;
  }

  /** The number of differences that were found so far. */
  public long differences() {
    return differences;
  }

  /** The time since the verification began. */
  public Duration elapsed() {
    return elapsed;
  }

  @Override
  public String toString() {
    return "%d of %d partitions, %d records, %d bytes, %d differences, %d s"
        .formatted(partitionsDone, partitions, records, bytes, differences, elapsed.toSeconds());
  }
}
