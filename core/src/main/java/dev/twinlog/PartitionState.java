package dev.twinlog;

/** The states of a source partition in a link. */
public enum PartitionState {
  /** Its routes are being prepared: target topic, recovery, progress. */
  OPENING,
  /** Copying, with more than a moment's worth of records still to go. */
  COPYING,
  /** What was at the source about a second ago is in the target. */
  CAUGHT_UP,
  /** Paused by the user. */
  PAUSED,
  /** A fault is being tried again; the cause is in the status. */
  RETRYING,
  /** Stopped by an error; {@link Replicator#resume(java.util.Collection)} tries it again. */
  STOPPED
}
