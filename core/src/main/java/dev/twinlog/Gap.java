package dev.twinlog;

/** What a link does where records that should have been copied no longer exist at the source. */
public enum Gap {
  /** The partition stops, until {@link Replicator#acceptLoss}. */
  STOP,
  /**
   * The partition continues where the source has records again. The offsets that are left out are
   * reported exactly: by {@link ReplicationListener#gap}, {@link ReplicationListener#lossAccepted},
   * the partition's status and a meter.
   *
   * <p>It still stops where continuing could write records twice, or where the source was truncated
   * and it is not known exactly where.
   */
  CONTINUE
}
