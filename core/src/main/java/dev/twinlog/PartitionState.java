package dev.twinlog;

/** The states of a source partition in a link; states may be added. */
public enum PartitionState {
  /** Its routes are being prepared: target topic, recovery, progress. */
  OPENING,
  /** Copying, with more than a moment's worth of records still to go. */
  COPYING,
  /**
   * What was at the source about a second ago is in the target, and the source's end is heard: a
   * partition that is not heard is {@link #RETRYING}.
   */
  CAUGHT_UP,
  /** Paused by the user. */
  PAUSED,
  /**
   * A fault is being tried again, at the source or at the target; the cause is in the status. While
   * it is one of the source, its end is unknown, or was asked for another way.
   */
  RETRYING,
  /**
   * Stopped by an error; {@link Replicator#resume(java.util.Collection)} tries it again. One that
   * stopped for lost records goes on after {@link Replicator#acceptLoss} only. Of a link that
   * failed or was fenced all partitions are: that is no event of each, the link's own says it.
   */
  STOPPED,
  /** Its link was closed; the reason says when, and how far the partition was. */
  CLOSED
}
