package dev.twinlog.internal.kafka.wire.ledger.session;

/**
 * Expiration times of the target's brokers.
 *
 * @param memoryMs of a producer's state, {@code producer.id.expiration.ms}
 * @param identityMs of a transactional id, {@code transactional.id.expiration.ms}
 * @param transactionMs of an open transaction at most, {@code transaction.max.timeout.ms}
 * @param known whether the brokers returned them; if not, these are Kafka's defaults
 */
public record TargetTimes(long memoryMs, long identityMs, int transactionMs, boolean known) {
  /**
   * Below this {@link #memoryMs} brokers may forget a fence while a request that a former owner
   * sent before it is still in flight: the 45 s that a new owner waits, and the 150 s that a
   * request lives at most by default.
   */
  public static final long LEAST_MEMORY_MS = 195_000;

  /** Used if the brokers' settings may not be described. */
  public static final TargetTimes DEFAULTS =
      new TargetTimes(86_400_000L, 604_800_000L, 900_000, false);
}
