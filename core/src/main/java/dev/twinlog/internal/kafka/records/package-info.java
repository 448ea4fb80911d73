/**
 * The record path: Kafka topics read through {@code KafkaConsumer} and written through {@code
 * KafkaProducer}. Uses the public client API only. {@link
 * dev.twinlog.internal.kafka.records.RecordPath} is its entry point.
 *
 * <p>A link that delivers at least once writes through producers without transactions: {@code
 * RecordsWriter}, with a {@code RouteQueue} for each route. A link that delivers exactly once
 * writes through {@code TransactionalWriter}: a {@code TransactionLoop} for each transactional id
 * commits the records of many routes together with the positions of these routes, {@code
 * FailureIsolation} finds the route that caused a transaction to fail, and {@code RecordRecovery}
 * determines after a crash, from the committed positions, where to continue. {@code TailComparison}
 * and, before a commit, {@code TailWatch} detect that the target has lost committed records.
 * Read-committed readers then see each record once; others may see what was aborted.
 *
 * <p>The record path is used with a kafka-clients whose network classes the batch path does not
 * know, for uncommitted records, and where the user has chosen it, with old brokers for example.
 */
@NullMarked
package dev.twinlog.internal.kafka.records;

import org.jspecify.annotations.NullMarked;
