/**
 * Sends batches to the leaders of a target cluster, each route in order.
 *
 * <p>{@code BatchWriter} is the class that the engine uses. A write waits in its {@code RouteQueue}
 * until the route may send; then it becomes one or more produce batches (package {@code batch}).
 * {@code ProduceSender} packs the batches of many routes into produce requests, one for each
 * partition, and passes the answers to the routes, where {@code ProduceResponseHandler} handles
 * every error ({@code ProduceErrorAction}). The package {@code identity} assigns each route the
 * producer id and epoch by which a broker tells a repeated batch from a new one.
 *
 * <p>Why a route makes no progress is reported to the engine: by {@code ProduceResponseHandler} for
 * answers that refuse a batch, by {@code StallReporter} for everything else.
 *
 * <p>Everything is confined to the lane's writer thread; the package has no threads.
 */
@NullMarked
package dev.twinlog.internal.kafka.wire.write;

import org.jspecify.annotations.NullMarked;
