package dev.twinlog.internal.kafka.wire.ledger;

import dev.twinlog.internal.kafka.cluster.KafkaErrors;
import dev.twinlog.spi.Lease;
import java.util.function.LongSupplier;

/**
 * What a ledger goes by.
 *
 * @param link its name
 * @param times of the target's brokers
 * @param errors how the target's errors are told
 * @param lease what is known of former owners where they can't be fenced
 * @param clock by which records are young or old
 * @param nanoTime monotonic time
 */
public record LedgerSettings(
    String link,
    TargetTimes times,
    KafkaErrors errors,
    Lease lease,
    SteadyClock clock,
    LongSupplier nanoTime) {}
