package dev.twinlog.internal.kafka.wire.ledger;

import dev.twinlog.internal.kafka.wire.ledger.request.Timers;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * Tracks since when coordinators have been returning CONCURRENT_TRANSACTIONS for a transactional id
 * (hanging transactions, KIP-664). Usually that ends when the partition has written the pending
 * transaction marker; not if the marker was refused because of its epoch, or if the coordinator has
 * lost its transaction log. Confined to the ledger's thread.
 */
final class HangingTransactions {
  /** Far longer than writing a marker takes on a partition that accepts writes. */
  private static final long LONG_NANOS = Duration.ofSeconds(15).toNanos();

  private final Timers timers;
  private final Map<String, Long> since = new HashMap<>();

  HangingTransactions(Timers timers) {
    this.timers = timers;
  }

  /**
   * Records CONCURRENT_TRANSACTIONS for an id.
   *
   * @return whether it has lasted too long to wait any longer
   */
  boolean report(String transactionalId) {
    long now = timers.now();
    return now - since.computeIfAbsent(transactionalId, id -> now) > LONG_NANOS;
  }

  void ended(String transactionalId) {
    since.remove(transactionalId);
  }
}
