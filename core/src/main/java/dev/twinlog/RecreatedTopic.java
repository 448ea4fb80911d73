package dev.twinlog;

/** What a link does with a source topic that was deleted and created again. */
public enum RecreatedTopic {
  /** Its partitions stop, until {@link Replicator#acceptLoss}. */
  STOP,
  /**
   * The new topic is copied from its beginning, after the records that the target has of the former
   * one, as after {@link Replicator#acceptLoss}. Its partitions are stopped for a moment, until the
   * source has proved that it is still the same cluster; else they stay stopped.
   */
  FOLLOW
}
