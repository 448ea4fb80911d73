package dev.twinlog.internal.kafka.wire.write;

import dev.twinlog.internal.kafka.wire.ledger.LedgerRules;
import dev.twinlog.internal.kafka.wire.ledger.SteadyClock;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The last proof that one route is still this instance's: a batch that was acknowledged, or a
 * marker that was written, under the epoch of its session. Brokers refuse both as soon as another
 * owner has fenced the route. It is good for as long as the lease on the link would be, counted
 * from the moment of the request, while the leader and the connection to it stay the same. Confined
 * to the writer thread.
 */
final class RouteProof {
  private final LedgerRules rules;
  private final SteadyClock clock;
  private final LongSupplier nanoTime;

  private boolean given;
  private long askedNanos;
  private long askedMs;
  private int leaderEpoch;
  private long connection;

  RouteProof(LedgerRules rules, SteadyClock clock, LongSupplier nanoTime) {
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

  /** Whether what was sent under this proof may still be under way. */
  boolean isFresh() {
    long ageMs = TimeUnit.NANOSECONDS.toMillis(nanoTime.getAsLong() - askedNanos);
    return given && rules.provesRoute(ageMs, clock.millis() - askedMs);
  }

  /** Whether a batch may be sent to this leader now. */
  boolean covers(int epoch, long over) {
    return isFresh() && rules.continues(leaderEpoch, epoch, connection == over);
  }
}
