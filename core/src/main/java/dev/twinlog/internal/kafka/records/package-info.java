/**
 * The record path: Kafka topics read through {@code KafkaConsumer} and written through {@code
 * KafkaProducer}. Uses the public client API only. {@link
 * dev.twinlog.internal.kafka.records.RecordPath} is its entrance.
 *
 * <p>A link that delivers at least once writes through producers without transactions: {@code
 * RecordsWriter}, with a {@code RouteQueue} for each route. One that promises each record once
 * writes through {@code TransactionalWriter}: a {@code TransactionLoop} for each transactional id
 * commits the records of many routes together with where these routes are, {@code FailureIsolation}
 * finds the route for whose sake a transaction failed, and {@code RecordRecovery} says after a
 * crash, from the committed positions, where to go on. {@code TailComparison} and, before a commit,
 * {@code TailWatch} see whether the target has lost what was committed there. Readers of committed
 * records see each record once then; others may see what was rolled back.
 *
 * <p>It is taken with a kafka-clients whose network classes the batch path doesn't know, for
 * uncommitted records, and where somebody said so, with old brokers for instance.
 */
@NullMarked
package dev.twinlog.internal.kafka.records;

import org.jspecify.annotations.NullMarked;
