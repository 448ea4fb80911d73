package dev.twinlog.internal.kafka.wire.ledger;

/**
 * Expiration times of the target's brokers.
 *
 * @param memoryMs of a producer's state, {@code producer.id.expiration.ms}
 * @param identityMs of a transactional id, {@code transactional.id.expiration.ms}
 * @param transactionMs of an open transaction at most, {@code transaction.max.timeout.ms}
 * @param known whether the brokers returned them; if not, these are Kafka's defaults
 */
public record TargetTimes(long memoryMs, long identityMs, int transactionMs, boolean known) {
  /** Used if the brokers' settings may not be described. */
  public static final TargetTimes DEFAULTS =
      new TargetTimes(86_400_000L, 604_800_000L, 900_000, false);
}
