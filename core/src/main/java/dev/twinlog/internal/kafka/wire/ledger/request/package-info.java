/**
 * Sends the requests of the ledger's tasks, those of many routes combined into one.
 *
 * <p>A {@link dev.twinlog.internal.kafka.wire.ledger.request.RecoveryTask} is a sequence of
 * requests for one route, each retried after a backoff. A {@code RequestBatcher} combines the
 * requests of many tasks: {@code LeaderRequests} those for one leader ({@link
 * dev.twinlog.internal.kafka.wire.ledger.request.LogEnds}, {@link
 * dev.twinlog.internal.kafka.wire.ledger.request.LogReads}), {@link
 * dev.twinlog.internal.kafka.wire.ledger.request.CoordinatorRequests} those for one coordinator.
 *
 * <p>Confined to the ledger's thread. Knows nothing of the rules of recovery: only {@code ledger}
 * uses it.
 */
@NullMarked
package dev.twinlog.internal.kafka.wire.ledger.request;

import org.jspecify.annotations.NullMarked;
