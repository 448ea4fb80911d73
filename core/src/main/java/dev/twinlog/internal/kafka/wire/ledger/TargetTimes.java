package dev.twinlog.internal.kafka.wire.ledger;

/**
 * How long the target's brokers remember.
 *
 * @param memoryMs a producer without new records, {@code producer.id.expiration.ms}
 * @param identityMs a transactional id without transactions, {@code transactional.id.expiration.ms}
 * @param transactionMs an open transaction at most, {@code transaction.max.timeout.ms}
 * @param known whether the brokers said so; if not, these are Kafka's defaults
 */
public record TargetTimes(long memoryMs, long identityMs, int transactionMs, boolean known) {
  /** Of brokers whose settings may not be seen. */
  public static final TargetTimes DEFAULTS =
      new TargetTimes(86_400_000L, 604_800_000L, 900_000, false);
}
