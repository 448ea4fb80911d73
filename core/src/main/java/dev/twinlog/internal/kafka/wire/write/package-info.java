/**
 * Sends batches to the leaders of a target cluster, each route in order.
 *
 * <p>{@code BatchWriter} is what the engine sees. A write waits in its {@code RouteQueue} until the
 * route may send; then {@code Doors} makes <em>parcels</em> of it: produce batches, mostly one and
 * mostly its own bytes; {@code Rebuilder} makes those that can't be. {@code SendQueues} packs the
 * parcels of many routes into produce requests, one of a partition in each, and brings the answers
 * back to the routes, which know what to do about every error ({@code Verdict}). {@code Identities}
 * gives each route the producer id and epoch by which a broker tells a repeated batch from a new
 * one.
 *
 * <p>Everything is confined to the lane's writer thread, and nothing has a thread of its own.
 */
@NullMarked
package dev.twinlog.internal.kafka.wire.write;

import org.jspecify.annotations.NullMarked;
