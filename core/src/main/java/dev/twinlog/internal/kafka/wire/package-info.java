/**
 * The batch path: whole record batches, still compressed, from the leaders of one cluster to the
 * leaders of another. The only package that may use classes of kafka-clients beyond its public API.
 *
 * <ul>
 *   <li>{@code message}: requests and responses of Kafka's protocol, to and from buffers
 *   <li>{@code net}: connections to brokers, and the leaders of partitions
 *   <li>{@code read}: fetches batches and drops those of aborted transactions
 *   <li>{@code write}: sets producer id, epoch and sequence of batches and sends them, each route
 *       in order
 *   <li>{@code ledger}: keeps each record once: fences former owners of a route and finds out what
 *       the target's log holds after a crash
 * </ul>
 *
 * <p>{@link dev.twinlog.internal.kafka.wire.BatchPath} is its entry point.
 */
@NullMarked
package dev.twinlog.internal.kafka.wire;

import org.jspecify.annotations.NullMarked;
