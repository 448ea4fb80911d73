/**
 * Writes routes in Kafka transactions and recovers them after a crash, for a link that delivers
 * exactly once.
 *
 * <p>{@link dev.twinlog.internal.kafka.records.transactional.TransactionalSink} is its entry point.
 * It opens a {@code TransactionalWriter} per lane: a {@code TransactionLoop} for each transactional
 * id commits the records of many routes together with the positions of these routes, and {@code
 * FailureIsolation} finds the route that caused a transaction to fail. {@code RecordRecovery}
 * determines after a crash, from the committed positions, where to continue. {@code TailComparison}
 * and, before a commit, {@code TailWatch} detect that the target has lost committed records.
 */
@NullMarked
package dev.twinlog.internal.kafka.records.transactional;

import org.jspecify.annotations.NullMarked;
