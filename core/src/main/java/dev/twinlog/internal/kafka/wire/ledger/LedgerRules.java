package dev.twinlog.internal.kafka.wire.ledger;

/**
 * The rules that keep each record once, one by one: what makes sure that a former owner is out, and
 * what counts as proof of what the target holds. Each is needed, which tests show by breaking one
 * at a time, or says what stands before it: the class is open for nothing else. Stateless.
 */
public class LedgerRules {
  /** Far below 32,767, where the coordinator would change the producer id by itself. */
  private static final short LAST_EPOCH = 30_000;

  /** For what brokers do every ten minutes only, and for clocks that differ. */
  private static final long MOST_MARGIN_MS = 15 * 60_000;

  /** Shorter than it takes to elect a broker, and the former leader again. */
  private static final long QUIET_NANOS = 30_000_000_000L;

  /** More than a lease. */
  private static final long RIVALS_MS = 60_000;

  /** How long a proof of a route is good for: as long as the lease on the link. */
  private static final long PROOF_MS = 20_000;

  /** How long a request may be under way without a lease before its connection is closed. */
  public static final long UNDER_WAY_MS = 20_000;

  /** How late a connection may be closed, and how far clocks of two machines may differ by then. */
  private static final long LATE_MS = 5_000;

  private static final long LAST_REQUEST_MS = PROOF_MS + UNDER_WAY_MS + LATE_MS;

  /**
   * Whether former owners of a route must be put out with a marker behind all that they wrote:
   * always, unless there is none: the last one closed cleanly, and whoever was before is long gone.
   */
  public boolean mustFence(boolean handedOver) {
    return !handedOver;
  }

  /**
   * Whether an owner is gone that may have been alive when a session began: its last proof was over
   * soon after. Far longer than that, since the two times are of two machines' clocks.
   */
  public boolean areFormerOwnersGone(long sinceMs, long nowMs) {
    return nowMs - sinceMs > MOST_MARGIN_MS + RIVALS_MS;
  }

  /**
   * Whether a control batch is the fence: it bears the producer id and at least the epoch that lock
   * the former ones out, and it was written after they were locked out at the coordinator. That it
   * was read proves that it is below the high watermark; the answer to EndTxn proves nothing.
   *
   * @param end of the log before the fence was asked for
   */
  public boolean isFence(
      long producerId, short epoch, long offset, long fenceProducerId, short fenceEpoch, long end) {
    return producerId == fenceProducerId && epoch >= fenceEpoch && offset >= end;
  }

  /**
   * Whether the coordinator goes on counting where the known session was. If not, its epochs fence
   * nobody, and the known producer id is to be fenced without it.
   */
  public boolean follows(long knownId, short knownEpoch, long producerId, short epoch) {
    return producerId == knownId && epoch > knownEpoch;
  }

  /** Whether the epochs of an identity run out. */
  public boolean mustRotate(short epoch) {
    return epoch >= LAST_EPOCH;
  }

  /** Whether the record at the anchor's offset is the anchor. */
  public boolean isAnchor(
      long producerId, short epoch, int sequence, long anchorId, short anchorEpoch, int anchored) {
    return producerId == anchorId && epoch == anchorEpoch && sequence == anchored;
  }

  /**
   * Whether what a session sends next goes into the log that it knows. Brokers take the next
   * sequence of a producer that they know; of one that they don't know they take any. So a log that
   * has lost its tail, and with it the producer, goes on as if nothing had happened.
   *
   * @param knownEpoch the leader epoch under which the last record of the route was seen, or
   *     acknowledged
   * @param leaderEpoch the present one
   * @param sameConnection whether the connection to the leader has been there since
   */
  public boolean continues(int knownEpoch, int leaderEpoch, boolean sameConnection) {
    return knownEpoch == leaderEpoch && sameConnection;
  }

  /**
   * Whether an acknowledgement counts only when the record before it was seen once more behind it:
   * for the first one after an opening without a fence, after a doubt, and after so long a silence
   * that leaders may have come and gone.
   *
   * @param bound whether one was seen, or acknowledged, under this leader on this connection
   * @param quietNanos how long ago that was
   */
  public boolean mustLookBehind(boolean bound, long quietNanos) {
    return !bound || quietNanos > QUIET_NANOS;
  }

  /**
   * Whether a batch has landed before a record that was there before it: that is proof of a lost
   * tail without any look. The one rule whose breaking alone shows nothing, as long as {@link
   * #continues} and {@link #mustLookBehind} hold: both look at that very record before such an
   * acknowledgement could be passed on. It costs nothing, and stands behind them where a log has
   * lost its tail in a way that they do not expect.
   */
  public boolean wentBack(long lastOffset, long baseOffset) {
    return baseOffset <= lastOffset;
  }

  /** How far a batch is from where it should be: 0, unless records are missing or there twice. */
  public int offBy(int expectedSequence, int baseSequence) {
    return Sequences.distance(expectedSequence, baseSequence);
  }

  /**
   * Whether one batch proves that all between a known place and its end is ours: as many offsets as
   * sequences lie between. It must be young: behind old ones the broker may have forgotten the
   * producer, and have taken what follows nothing.
   *
   * @param records from the known place to the batch's end, by its sequences
   * @param offsets the same by offsets
   */
  public boolean provesAll(long records, long offsets, boolean young) {
    return young && records == offsets;
  }

  /**
   * Whether what proved a route to be ours does so still.
   *
   * @param ageMs since the request by which it was proved was sent, by monotonic time
   * @param wallMs the same by wall clock
   */
  public boolean provesRoute(long ageMs, long wallMs) {
    return ageMs < PROOF_MS && wallMs >= 0 && wallMs < PROOF_MS;
  }

  /**
   * Whether nothing of a former owner that is still alive can be under way any more, so that a
   * route may be written with records behind which brokers forget its fence.
   *
   * @param leasesEnded whether its lease on the link has ended
   * @param sinceOpenedMs since the route was opened: behind its fence nothing was acknowledged to a
   *     former owner
   */
  public boolean areFormerOwnersSilent(boolean leasesEnded, long sinceOpenedMs) {
    return leasesEnded && sinceOpenedMs >= LAST_REQUEST_MS;
  }

  /**
   * For how long a former owner that can't be fenced must have written nothing: then no proof of
   * its own is left to it, and it can't get one without the lease.
   */
  public long silenceMs() {
    return LAST_REQUEST_MS;
  }

  /** Whether brokers surely remember a producer by a record of that time. */
  public boolean isYoung(long timestampMs, long nowMs, long memoryMs) {
    long margin = Math.min(MOST_MARGIN_MS, memoryMs / 4);
    return timestampMs > nowMs - memoryMs + margin;
  }
}
