package dev.twinlog.internal.kafka.wire.ledger.rules;

/**
 * The rules on which the guarantee "each record once" is based: when a former owner is fenced, and
 * what proves what the target holds. The class is not final only so that tests can break one rule
 * at a time; a rule whose breaking has no visible effect says why. Stateless.
 */
public class LedgerRules {
  /** Far below 32,767, where the coordinator would change the producer id itself. */
  private static final short LAST_EPOCH = 30_000;

  /** Covers tasks that brokers run every ten minutes only, and differences of clocks. */
  private static final long MOST_MARGIN_MS = 15 * 60_000;

  /** Shorter than two leader elections, away from a leader and back to it. */
  private static final long QUIET_NANOS = 30_000_000_000L;

  /** Longer than a lease. */
  private static final long FORMER_OWNER_MS = 60_000;

  /** How long a proof of ownership of a route is valid: as long as the lease on the link. */
  private static final long PROOF_MS = 20_000;

  /** How long a request may be in flight without a lease before its connection is closed. */
  public static final long MAX_IN_FLIGHT_MS = 20_000;

  /** Covers a connection that is closed late and the drift of two machines' clocks in that time. */
  private static final long LATE_MS = 5_000;

  private static final long LAST_REQUEST_MS = PROOF_MS + MAX_IN_FLIGHT_MS + LATE_MS;

  /**
   * Whether former owners of a route must be fenced with a marker behind all that they wrote.
   * Always, unless there can be none: the last one closed cleanly, and earlier ones ended long ago.
   */
  public boolean mustFence(boolean handedOver) {
    return !handedOver;
  }

  /**
   * Whether an owner that may have been alive when a session began must have ended. Its last proof
   * of ownership expired soon after that; the limit is far longer, since the two times come from
   * the clocks of two machines.
   */
  public boolean areFormerOwnersGone(long sinceMs, long nowMs) {
    return nowMs - sinceMs > MOST_MARGIN_MS + FORMER_OWNER_MS;
  }

  /**
   * Whether a control batch is the fence: it has the producer id and at least the epoch that fence
   * the former owners, and it was written after the coordinator had fenced them. That it was read
   * proves that it is below the high watermark; the response to EndTxn proves nothing.
   *
   * @param end of the log before the transaction of the fence began
   */
  public boolean isFence(
      long producerId, short epoch, long offset, long fenceProducerId, short fenceEpoch, long end) {
    return producerId == fenceProducerId && epoch >= fenceEpoch && offset >= end;
  }

  /**
   * Whether the coordinator continues the epochs of the known session. If not, its epochs fence no
   * former owner, and the known producer id must be fenced without the coordinator.
   */
  public boolean follows(long knownId, short knownEpoch, long producerId, short epoch) {
    return producerId == knownId && epoch > knownEpoch;
  }

  /**
   * Whether the epochs of a producer id run out, so that the route needs another transactional id.
   */
  public boolean mustRotate(short epoch) {
    return epoch >= LAST_EPOCH;
  }

  /** Whether the record at the anchor's offset is the anchor. */
  public boolean isAnchor(
      long producerId,
      short epoch,
      int sequence,
      long anchorId,
      short anchorEpoch,
      int anchorSequence) {
    return producerId == anchorId && epoch == anchorEpoch && sequence == anchorSequence;
  }

  /**
   * Whether the next batch of a session goes into the log that the session knows. Brokers accept
   * only the next sequence of a known producer, but any sequence of an unknown one. So a log that
   * has lost its tail, and the producer with it, accepts the batch as if nothing had happened.
   *
   * @param knownEpoch the leader epoch under which the last record of the route was read or
   *     acknowledged
   * @param leaderEpoch the current one
   * @param sameConnection whether the connection to the leader is still the same
   */
  public boolean continues(int knownEpoch, int leaderEpoch, boolean sameConnection) {
    return knownEpoch == leaderEpoch && sameConnection;
  }

  /**
   * Whether an acknowledgement counts only after the record before it was read again: for the first
   * one after an opening without a fence, after a change of leader or connection, and after a pause
   * in which leaders may have changed back and forth.
   *
   * @param bound whether a record was read or acknowledged under this leader on this connection
   * @param quietNanos how long ago that was
   */
  public boolean mustLookBehind(boolean bound, long quietNanos) {
    return !bound || quietNanos > QUIET_NANOS;
  }

  /**
   * Whether the first batch of a session is in flight alone. A broker that does not know the
   * producer, since the log has lost the session's marker, would accept the second batch although
   * it refused the first.
   */
  public boolean isFirstBatchAlone() {
    return true;
  }

  /**
   * Whether a batch was appended before an earlier record: that proves a lost tail without a read.
   * Breaking this rule alone has no visible effect as long as {@link #continues} and {@link
   * #mustLookBehind} hold: both read that record before such an acknowledgement could be passed on.
   * It costs nothing, and remains as a second check for a log that has lost its tail in a way that
   * they don't expect.
   */
  public boolean wentBack(long lastOffset, long baseOffset) {
    return baseOffset <= lastOffset;
  }

  /**
   * The distance of a batch's sequence from the expected one: 0, unless records are missing or
   * duplicated.
   */
  public int offBy(int expectedSequence, int baseSequence) {
    return Sequences.distance(expectedSequence, baseSequence);
  }

  /**
   * Whether one batch proves that all records between a known offset and its end are of this route:
   * the number of offsets between equals the number of sequences. The batch must be recent: after
   * an old one the broker may have expired the producer and then accepted any sequence.
   *
   * @param records from the known offset to the batch's end, by sequences
   * @param offsets the same by offsets
   */
  public boolean provesAll(long records, long offsets, boolean young) {
    return young && records == offsets;
  }

  /**
   * Whether a proof of ownership of a route is still valid.
   *
   * @param ageMs since the request of the proof was sent, by monotonic time
   * @param wallMs the same by wall clock
   */
  public boolean provesRoute(long ageMs, long wallMs) {
    return ageMs < PROOF_MS && wallMs >= 0 && wallMs < PROOF_MS;
  }

  /**
   * Whether no request of a former owner that is still alive can be in flight any more. Only then
   * may the route be written with records so old that brokers expire its producer state, and the
   * fence with it.
   *
   * @param leasesEnded whether the former owners' leases on the link have expired
   * @param sinceOpenedMs since the route was opened: after its fence nothing was acknowledged to a
   *     former owner
   */
  public boolean areFormerOwnersSilent(boolean leasesEnded, long sinceOpenedMs) {
    return leasesEnded && sinceOpenedMs >= LAST_REQUEST_MS;
  }

  /**
   * For how long a former owner that can't be fenced must have written nothing: by then its proofs
   * of ownership have expired, and without the lease it can't get another one.
   */
  public long silenceMs() {
    return LAST_REQUEST_MS;
  }

  /**
   * Whether a record of that timestamp is recent enough that brokers certainly still have the state
   * of its producer.
   */
  public boolean isYoung(long timestampMs, long nowMs, long memoryMs) {
    long margin = Math.min(MOST_MARGIN_MS, memoryMs / 4);
    return timestampMs > nowMs - memoryMs + margin;
  }
}
