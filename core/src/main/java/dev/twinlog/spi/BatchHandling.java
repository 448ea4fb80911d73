package dev.twinlog.spi;

/**
 * How a batch was handled between source and target: {@link #PASSED_THROUGH} if its records were
 * never decoded, else why it had to be rebuilt. A batch that had several reasons shows the first.
 * May grow.
 */
public enum BatchHandling {
  /** Copied encoded; only fields of its header were rewritten. */
  PASSED_THROUGH,

  /** Read as decoded records: the record path, or a source without encoded batches. */
  DECODED,

  /** A transform or a partition mapper needed its records. */
  TRANSFORMED,

  /** It has fewer records than offsets, as compaction leaves it and brokers refuse it. */
  COMPACTED,

  /** It was in message format v0 or v1. */
  DOWN_LEVEL_FORMAT,

  /** Its records have the time at which the source's broker appended them. */
  LOG_APPEND_TIME,

  /** It was larger than the target accepts. */
  SPLIT,

  /** The target refused one of its records, and it was decoded to find out which. */
  BISECTED,

  /**
   * Reading began inside of it, some of its records were in the target already, or some were
   * skipped by the user.
   */
  PARTIALLY_WRITTEN,

  /** It was small and was merged with the batches that waited after it. */
  COALESCED,

  /** The link is configured to recompress batches. */
  RECOMPRESSED
}
