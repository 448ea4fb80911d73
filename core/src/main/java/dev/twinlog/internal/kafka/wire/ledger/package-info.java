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
 * for records that were written nevertheless ({@code OrphanCheck}).
 *
 * <p>The packages below it: {@code rules} are pure computations, {@code request} sends requests,
 * {@code session} is what the ledger and the writers share; none of them uses this package.
 *
 * <p>Only {@code Cluster.poll} blocks, and time is only read from the clocks that the ledger was
 * given; so tests run it step by step.
 */
@NullMarked
package dev.twinlog.internal.kafka.wire.ledger;

import org.jspecify.annotations.NullMarked;
