/**
 * Sends batches to the leaders of a target cluster, each route in order.
 *
 * <p>{@code BatchWriter} is what the engine sees. A write waits in its {@code RouteQueue} until the
 * route may send; then {@code ProduceBatchFactory} makes <em>batches</em> of it: produce batches,
 * mostly one and mostly its own bytes; {@code BatchRebuilder} makes those that can't be. {@code
 * SendQueues} packs the batches of many routes into produce requests, one of a partition in each,
 * and brings the answers back to the routes, where {@code ProduceResponseHandler} knows what to do
 * about every error ({@code ProduceErrorAction}).
 *
 * <p>What a route waits for that can't get on is told to the engine, by {@code
 * ProduceResponseHandler} for answers that refuse a batch, by {@code Waits} for all else.
 *
 * <p>{@code Identities} gives each route the producer id and epoch by which a broker tells a
 * repeated batch from a new one. Where each record must arrive once these are the ledger's sessions
 * ({@code LedgerIdentity}), and the writer never leans on more than the broker surely remembers
 * ({@code BrokerMemory}): behind old records it sends with care. Otherwise it counts its own
 * ({@code CountedIdentities}).
 *
 * <p>Everything is confined to the lane's writer thread, and nothing has a thread of its own.
 */
@NullMarked
package dev.twinlog.internal.kafka.wire.write;

import org.jspecify.annotations.NullMarked;
