/**
 * Sends batches to the leaders of a target cluster, each route in order.
 *
 * <p>{@code BatchWriter} is the class that the engine uses. A write waits in its {@code RouteQueue}
 * until the route may send; then {@code ProduceBatchFactory} makes produce batches of it, mostly
 * one, mostly with unchanged bytes; {@code BatchRebuilder} re-encodes batches that can't be sent
 * unchanged. {@code ProduceSender} packs the batches of many routes into produce requests, one for
 * each partition, and passes the answers to the routes, where {@code ProduceResponseHandler}
 * handles every error ({@code ProduceErrorAction}).
 *
 * <p>Why a route makes no progress is reported to the engine: by {@code ProduceResponseHandler} for
 * answers that refuse a batch, by {@code StallReporter} for everything else.
 *
 * <p>{@code IdentityProvider} assigns each route the producer id and epoch by which a broker tells
 * a repeated batch from a new one. Where each record must be written once these are the ledger's
 * sessions ({@code LedgerIdentity}), and the writer never relies on more than the broker certainly
 * remembers ({@code ProducerStateExpiry}): behind old records it sends in conservative mode.
 * Otherwise it counts epochs itself ({@code LocalIdentityProvider}).
 *
 * <p>Everything is confined to the lane's writer thread; the package has no threads.
 */
@NullMarked
package dev.twinlog.internal.kafka.wire.write;

import org.jspecify.annotations.NullMarked;
