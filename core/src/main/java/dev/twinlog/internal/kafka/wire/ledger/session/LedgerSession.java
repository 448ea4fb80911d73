package dev.twinlog.internal.kafka.wire.ledger.session;

/**
 * The producer id and epoch under which a route is written from one recovery to the next, with
 * sequences from 0 on. Issued by the ledger, used by the writer. Immutable.
 *
 * <p>A broker keeps the producer state that it needs to refuse duplicates and former owners only
 * until the greatest timestamp of the producer's last batch, or the time of a later marker, is
 * {@link #memoryMs} in the past.
 */
public final class LedgerSession {
  private final long producerId;
  private final short epoch;
  private final long memoryMs;
  private final boolean formerOwners;
  private final long markedAtMs;
  private final Tail tail;

  /** {@link #markedAtMs} of a session without a marker. */
  public static final long NEVER = -1;

  /**
   * Creates a session.
   *
   * @param memoryMs the target's {@code producer.id.expiration.ms}
   * @param formerOwners whether a former owner may still be alive, for instance paused: not
   *     necessarily the last one, which may have closed cleanly
   * @param markedAtMs when a marker of this epoch was written behind all other batches, by wall
   *     clock; {@link #NEVER} if there is none
   * @param tail what the recovery saw of the log
   */
  public LedgerSession(
      long producerId,
      short epoch,
      long memoryMs,
      boolean formerOwners,
      long markedAtMs,
      Tail tail) {
    this.producerId = producerId;
    this.epoch = epoch;
    this.memoryMs = memoryMs;
    this.formerOwners = formerOwners;
    this.markedAtMs = markedAtMs;
    this.tail = tail;
  }

  public long producerId() {
    return producerId;
  }

  public short epoch() {
    return epoch;
  }

  public long memoryMs() {
    return memoryMs;
  }

  public boolean formerOwners() {
    return formerOwners;
  }

  /** When the marker of this epoch was written, by wall clock; {@link #NEVER} if none was. */
  public long markedAtMs() {
    return markedAtMs;
  }

  public Tail tail() {
    return tail;
  }

  @Override
  public String toString() {
    return "producer " + producerId + " at epoch " + epoch;
  }
}
