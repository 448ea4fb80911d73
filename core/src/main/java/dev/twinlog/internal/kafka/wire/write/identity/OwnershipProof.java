package dev.twinlog.internal.kafka.wire.write.identity;

import dev.twinlog.internal.kafka.wire.ledger.rules.LedgerRules;
import java.time.Clock;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The last proof that this instance owns a route: a batch that was acknowledged, or a marker that
 * was written, under the epoch of its session. Brokers refuse both as soon as another owner has
 * fenced the route. The proof holds as long as the lease on the link would, counted from the
 * request, while the leader and the connection to it stay the same. Confined to the writer thread.
 *
 * <p>Invariant: each proof was requested while the one before it, or the lease, still held. So an
 * instance whose proof has expired gets no other until it has the lease again, however late an
 * answer arrives.
 */
final class OwnershipProof {
  private final LedgerRules rules;
  private final Clock clock;
  private final LongSupplier nanoTime;

  private boolean given;
  private long askedNanos;
  private long askedMs;
  private int leaderEpoch;
  private long connection;

  OwnershipProof(LedgerRules rules, Clock clock, LongSupplier nanoTime) {
    this.rules = rules;
    this.clock = clock;
    this.nanoTime = nanoTime;
  }

  /**
   * Stores a proof, unless a later one is known.
   *
   * @param nanos when its request was sent, by monotonic time
   * @param millis the same by wall clock
   */
  void given(long nanos, long millis, int underEpoch, long overConnection) {
    if (given && nanos - askedNanos < 0) {
      return;
    }
    given = true;
    askedNanos = nanos;
    askedMs = millis;
    leaderEpoch = underEpoch;
    connection = overConnection;
  }

  /** Whether it holds for some leader and connection, so that another may be requested. */
  boolean isFresh() {
    return given && rules.provesRoute(ageMs(), clock.millis() - askedMs);
  }

  /** Whether its request was sent less than so long ago. */
  boolean isYoungerThan(long millis) {
    return given && ageMs() < millis;
  }

  private long ageMs() {
    return TimeUnit.NANOSECONDS.toMillis(nanoTime.getAsLong() - askedNanos);
  }

  /** Whether a batch may be sent to this leader now. */
  boolean covers(int epoch, long over) {
    return isFresh() && rules.continues(leaderEpoch, epoch, connection == over);
  }
}
