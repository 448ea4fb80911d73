package dev.twinlog.spi;

/**
 * The door that a batch took on its way: {@link #PASSED} if its records were never opened, else why
 * it had to be built anew. A batch that had several reasons shows the first. May grow.
 */
public enum BatchDoor {
  /** Encoded all the way: only fields of its header were written anew. */
  PASSED,

  /** Read as decoded records: the record path, or a source that knows no encoded batches. */
  RECORDS,

  /** A transform or a partition mapper had to see its records. */
  STAGES,

  /** It has fewer records than offsets, which compaction does and no target accepts. */
  HOLES,

  /** It was in message format v0 or v1. */
  OLD_FORMAT,

  /** Its records have the time at which the source's broker appended them. */
  APPEND_TIME,

  /** It was larger than the target accepts. */
  SPLIT,

  /**
   * The target would not take all of its records, so that it was opened to find out which one is to
   * blame.
   */
  REFUSED,

  /** Some of its records were in the target already. */
  PARTLY_HELD,

  /** It was small, and more were waiting behind it: they travelled as one. */
  COALESCED,

  /** The link was told to compress anew. */
  RECOMPRESSED
}
