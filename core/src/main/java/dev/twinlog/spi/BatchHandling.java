package dev.twinlog.spi;

/**
 * How a batch was handled on its way from the source to the target: {@link #PASSED_THROUGH} if its
 * records were never decoded, else why it had to be rebuilt. A batch that had several reasons shows
 * the first. May grow.
 */
public enum BatchHandling {
  /** Encoded all the way: only fields of its header were rewritten. */
  PASSED_THROUGH,

  /** Read as decoded records: the record path, or a source that knows no encoded batches. */
  DECODED,

  /** A transform or a partition mapper had to see its records. */
  TRANSFORMED,

  /** It has fewer records than offsets, which compaction does and no target accepts. */
  COMPACTED,

  /** It was in message format v0 or v1. */
  DOWN_LEVEL_FORMAT,

  /** Its records have the time at which the source's broker appended them. */
  LOG_APPEND_TIME,

  /** It was larger than the target accepts. */
  SPLIT,

  /**
   * The target would not take all of its records, so that it was opened to find out which one is to
   * blame.
   */
  BISECTED,

  /** Some of its records were in the target already. */
  PARTIALLY_WRITTEN,

  /** It was small, and more were waiting behind it: they travelled as one. */
  COALESCED,

  /** The link was told to recompress batches. */
  RECOMPRESSED
}
