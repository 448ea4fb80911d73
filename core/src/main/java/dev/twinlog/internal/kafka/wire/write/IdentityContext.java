package dev.twinlog.internal.kafka.wire.write;

import dev.twinlog.internal.kafka.wire.ledger.SteadyClock;
import dev.twinlog.internal.kafka.wire.ledger.WriterSide;
import dev.twinlog.spi.Lease;
import java.util.function.LongSupplier;

/** Dependencies that the identities of recovered routes share. */
record IdentityContext(WriterSide ledger, Lease lease, SteadyClock clock, LongSupplier nanoTime) {}
