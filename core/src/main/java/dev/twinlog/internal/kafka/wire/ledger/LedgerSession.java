package dev.twinlog.internal.kafka.wire.ledger;

/**
 * Who a route is from one recovery to the next. The ledger issues it, the writer writes under it,
 * with sequences from 0 on. Immutable.
 *
 * <p>A broker remembers of a producer what it needs to refuse duplicates and former owners only
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
   * A session that begins.
   *
   * @param memoryMs the target's {@code producer.id.expiration.ms}
   * @param formerOwners whether a former owner may still be alive, asleep for instance: not
   *     necessarily the last one, which may have closed in good order
   * @param markedAtMs when a marker of this epoch was written behind everything that is there, by
   *     wall clock; {@link #NEVER} if there is none
   * @param tail what was seen of the log that it goes on
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
