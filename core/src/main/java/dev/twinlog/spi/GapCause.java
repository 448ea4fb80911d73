package dev.twinlog.spi;

/** Why a stretch of a source partition can't be read. */
public enum GapCause {
  /** The position lies before the log's start: retention or {@code DeleteRecords} removed it. */
  RETENTION,
  /** The position lies beyond the log's end or on a divergent stretch: the source lost its tail. */
  TRUNCATION,
  /** The topic was deleted and created again: the position belongs to a topic that is gone. */
  RECREATED
}
