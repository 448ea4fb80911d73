/**
 * The rules of recovery as pure computations: what a range of the target's log proves about a
 * route, and what is stored for the next recovery.
 *
 * <p>{@link dev.twinlog.internal.kafka.wire.ledger.rules.LedgerRules} are the rules on which "each
 * record once" is based. A {@link dev.twinlog.internal.kafka.wire.ledger.rules.Scan} counts the
 * records of a route in a range of the log, and a {@link
 * dev.twinlog.internal.kafka.wire.ledger.rules.TailProof} proves the same with the last batch only.
 * What a recovery stores for the next one is a {@link
 * dev.twinlog.internal.kafka.wire.ledger.rules.LedgerState}; together with the progress it is a
 * {@link dev.twinlog.internal.kafka.wire.ledger.rules.RecoveryPoint}.
 *
 * <p>Nothing here sends a request, reads a clock or has a thread.
 */
@NullMarked
package dev.twinlog.internal.kafka.wire.ledger.rules;

import org.jspecify.annotations.NullMarked;
