/**
 * Each record once: who a route is when it writes, how a former owner is fenced, and what the
 * target's log holds of a route after a crash.
 *
 * <p>{@link dev.twinlog.internal.kafka.wire.ledger.Ledger} is asked for routes and opens each with
 * an {@code RouteRecovery}: it looks whether the last record of the progress is still there ({@code
 * LastRecordCheck}), gets the route's producer id and next epoch ({@code IdentityStep}), puts a
 * marker behind everything that a former owner wrote and waits until it can be read ({@code
 * FenceStep}). The {@code TailInspection} counts what lies between ({@code TailProof} in the usual
 * case, else {@code ScanStep} with a {@code Scan}); a target that lost its tail is searched for
 * what is left ({@code TruncationSearch}), and one that nobody should have written yet for what was
 * ({@code OrphanCheck}). How old records are is told by a {@link
 * dev.twinlog.internal.kafka.wire.ledger.SteadyClock}. The rules that all this rests on are in
 * {@link dev.twinlog.internal.kafka.wire.ledger.LedgerRules}. What a recovery must know of the one
 * before is a {@code LedgerState}; together with the progress it is a {@code RecoveryPoint}.
 *
 * <p>A step asks through a {@code RequestBatcher}: there the questions of all routes wait for
 * brokers, and go out many in one request. Nothing waits but {@code Cluster.poll}, and no time
 * passes but by the clocks that the ledger was given; so tests drive it step by step.
 *
 * <p>With the writers it shares a {@link dev.twinlog.internal.kafka.wire.ledger.WriterSide}: a
 * recovered route has a {@link dev.twinlog.internal.kafka.wire.ledger.LedgerSession}, which its
 * writer takes and writes under.
 */
@NullMarked
package dev.twinlog.internal.kafka.wire.ledger;

import org.jspecify.annotations.NullMarked;
