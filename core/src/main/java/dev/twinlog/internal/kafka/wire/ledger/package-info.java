/**
 * Keeps each record once: assigns producer ids and epochs to routes, fences former owners, and
 * finds out what the target's log holds of a route after a crash.
 *
 * <p>{@link dev.twinlog.internal.kafka.wire.ledger.Ledger} opens each route with a {@code
 * RouteRecovery}: it checks whether the last record of the progress is still there ({@code
 * LastRecordCheck}), gets the route's producer id and next epoch ({@code IdentityStep}), writes a
 * transaction marker behind everything that a former owner wrote and waits until it can be read
 * ({@code FenceStep}). The {@code TailInspection} counts what lies between ({@code TailProof} in
 * the usual case, else {@code ScanStep} with a {@code Scan}); a target that lost its tail is
 * searched for the last record that is left ({@code TruncationSearch}), and one without progress
 * for records that were written nevertheless ({@code OrphanCheck}). The age of records is
 * determined with a {@link dev.twinlog.internal.kafka.wire.ledger.SteadyClock}. The rules that all
 * this is based on are in {@link dev.twinlog.internal.kafka.wire.ledger.LedgerRules}. What a
 * recovery stores for the next one is a {@code LedgerState}; together with the progress it is a
 * {@code RecoveryPoint}.
 *
 * <p>The steps send requests through a {@code RequestBatcher}, which combines those of many routes
 * into one. Only {@code Cluster.poll} blocks, and time is only read from the clocks that the ledger
 * was given; so tests run it step by step.
 *
 * <p>The ledger and the writers share a {@link dev.twinlog.internal.kafka.wire.ledger.WriterSide}:
 * a recovered route has a {@link dev.twinlog.internal.kafka.wire.ledger.LedgerSession}, under which
 * its writer writes.
 */
@NullMarked
package dev.twinlog.internal.kafka.wire.ledger;

import org.jspecify.annotations.NullMarked;
