package dev.twinlog.internal.kafka.wire.ledger;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * Since when coordinators can't go on with a transactional id. It ends by itself as soon as the
 * partition takes a marker that is due; but not if that marker was refused for its epoch, or if the
 * coordinators have lost what they had written down. Confined to the ledger's thread.
 */
final class HangingTransactions {
  /** Far longer than a marker takes on a partition that can be written. */
  private static final long LONG_NANOS = Duration.ofSeconds(15).toNanos();

  private final Timers timers;
  private final Map<String, Long> since = new HashMap<>();

  HangingTransactions(Timers timers) {
    this.timers = timers;
  }

  /**
   * The coordinator can't go on with an id.
   *
   * @return whether it has been so for too long to be waited for
   */
  boolean held(String transactionalId) {
    long now = timers.now();
    return now - since.computeIfAbsent(transactionalId, id -> now) > LONG_NANOS;
  }

  void free(String transactionalId) {
    since.remove(transactionalId);
  }
}
