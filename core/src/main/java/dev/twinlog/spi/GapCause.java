package dev.twinlog.spi;

/** Why a range of a source partition can't be read. */
public enum GapCause {
  /** The position is before the log's start: retention or {@code DeleteRecords} removed it. */
  RETENTION,
  /** The position is beyond the log's end or in a diverged range: the source was truncated. */
  TRUNCATION,
  /** The topic was recreated: the position belongs to the deleted topic. */
  RECREATED
}
