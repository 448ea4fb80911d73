package dev.twinlog.internal.kafka.wire.write;

import dev.twinlog.internal.kafka.wire.ledger.LedgerRules;
import java.time.Clock;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The last proof that one route is still this instance's: a batch that was acknowledged, or a
 * marker that was written, under the epoch of its session. Brokers refuse both as soon as another
 * owner has fenced the route. It is good for as long as the lease on the link would be, counted
 * from the moment of the request, while the leader and the connection to it stay the same. Confined
 * to the writer thread.
 *
 * <p>Invariant: each proof was asked for while the one before it, or the lease, was still good. So
 * an instance whose proof has ended gets none until it has the lease, however late an answer comes.
 */
final class RouteProof {
  private final LedgerRules rules;
  private final Clock clock;
  private final LongSupplier nanoTime;

  private boolean given;
  private long askedNanos;
  private long askedMs;
  private int leaderEpoch;
  private long connection;

  RouteProof(LedgerRules rules, Clock clock, LongSupplier nanoTime) {
    this.rules = rules;
    this.clock = clock;
    this.nanoTime = nanoTime;
  }

  /**
   * Takes a proof, unless a later one is known.
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

  /** Whether it is good for some leader and some connection, so that another may be asked for. */
  boolean isFresh() {
    return given && rules.provesRoute(ageMs(), clock.millis() - askedMs);
  }

  /** Whether it was given for a request that was sent less than so long ago. */
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
