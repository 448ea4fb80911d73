/**
 * Makes produce batches of the writes of a route, and keeps those that are in flight in the order
 * of their sequences.
 *
 * <p>A {@link dev.twinlog.internal.kafka.wire.write.batch.PendingWrite} is one write of the engine.
 * {@link dev.twinlog.internal.kafka.wire.write.batch.ProduceBatchFactory} makes {@link
 * dev.twinlog.internal.kafka.wire.write.batch.ProduceBatch produce batches} of the writes that
 * wait: mostly one of each, mostly with unchanged bytes; {@code BatchRebuilder} re-encodes those
 * that can't be sent unchanged, that are merged, split, or compressed again.
 *
 * <p>Sends nothing, and knows neither leaders nor producer ids. Confined to the lane's writer
 * thread.
 */
@NullMarked
package dev.twinlog.internal.kafka.wire.write.batch;

import org.jspecify.annotations.NullMarked;
