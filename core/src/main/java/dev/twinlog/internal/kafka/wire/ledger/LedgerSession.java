package dev.twinlog.internal.kafka.wire.ledger;

import java.time.Duration;

/**
 * Who a route is from one recovery to the next. The ledger issues it, the writer writes under it,
 * with sequences from 0 on. Immutable.
 *
 * <p>A broker remembers of a producer what it needs to refuse duplicates and former owners only
 * until the greatest timestamp of the producer's last batch, or the time of a later marker, is
 * {@link #memoryMs} in the past.
 */
public final class LedgerSession {
  private static final long MARGIN_MS = Duration.ofMinutes(15).toMillis();

  private final long producerId;
  private final short epoch;
  private final long memoryMs;
  private final boolean rivals;
  private final long markedAtMs;
  private final long fenceableMs;
  private final Tail tail;

  /** {@link #markedAtMs} of a session without a marker. */
  public static final long NEVER = -1;

  /**
   * A session that begins.
   *
   * @param memoryMs the target's {@code producer.id.expiration.ms}
   * @param rivals whether a former owner may still be alive, asleep for instance: not necessarily
   *     the last one, which may have closed in good order
   * @param markedAtMs when a marker of this epoch was written behind everything that is there, by
   *     wall clock; {@link #NEVER} if there is none
   * @param tail what was seen of the log that it goes on
   */
  public LedgerSession(
      long producerId, short epoch, long memoryMs, boolean rivals, long markedAtMs, Tail tail) {
    this(producerId, epoch, memoryMs, rivals, markedAtMs, surely(memoryMs), tail);
  }

  /**
   * The same where the target may forget a transactional id sooner than a producer.
   *
   * @param fenceableMs see {@link #fenceableMs()}
   */
  LedgerSession(
      long producerId,
      short epoch,
      long memoryMs,
      boolean rivals,
      long markedAtMs,
      long fenceableMs,
      Tail tail) {
    this.fenceableMs = fenceableMs;
    this.producerId = producerId;
    this.epoch = epoch;
    this.memoryMs = memoryMs;
    this.rivals = rivals;
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

  public boolean rivals() {
    return rivals;
  }

  /** When the marker of this epoch was written, by wall clock; {@link #NEVER} if none was. */
  public long markedAtMs() {
    return markedAtMs;
  }

  /**
   * For how long behind the last proof of its ownership an instance may still write under this
   * session, should another one have taken the link over. Until then that one finds the session's
   * transactional id at the coordinator, and the marker by which it fences the session is
   * remembered by the broker, unless old records were written behind it.
   */
  public long fenceableMs() {
    return fenceableMs;
  }

  /** So much of a broker's memory can be relied on, whatever wall clocks differ. */
  static long surely(long memoryMs) {
    return memoryMs - Math.min(MARGIN_MS, memoryMs / 4);
  }

  public Tail tail() {
    return tail;
  }

  @Override
  public String toString() {
    return "producer " + producerId + " at epoch " + epoch;
  }
}
