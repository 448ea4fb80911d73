package dev.twinlog;

/** The states of a source partition in a link; states may be added. */
public enum PartitionState {
  /** Its routes are being prepared: target topic, recovery, progress. */
  OPENING,
  /** Copying, with more than a moment's worth of records still to go. */
  COPYING,
  /**
   * Everything that was at the source about a second ago is in the target, and the source's end is
   * known; if it is not, the partition is {@link #RETRYING}.
   */
  CAUGHT_UP,
  /** Paused by the user. */
  PAUSED,
  /**
   * A failure of the source or of the target is being retried; the cause is in the status. During a
   * failure of the source its end is unknown, unless the link could get it in another way.
   */
  RETRYING,
  /**
   * Stopped by an error; {@link Replicator#resume(java.util.Collection)} tries it again. One that
   * stopped for lost records continues only after {@link Replicator#acceptLoss}. All partitions of
   * a link that failed or was fenced are stopped, which only the event of the link reports.
   */
  STOPPED,
  /**
   * Its topic was moved to the target, and the link copies only its other topics: see {@link
   * SwitchoverOptions#topics(dev.twinlog.kafka.TopicSelector)}. It is never copied again, unless
   * the link is reopened.
   */
  MOVED,
  /** Its link was closed; the reason says when, and how far the partition was. */
  CLOSED
}
