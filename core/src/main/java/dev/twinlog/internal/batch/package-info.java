/**
 * Finds, rewrites, decodes, encodes and merges record batches, with public API only: no class of
 * Kafka's own record format is used.
 *
 * <ul>
 *   <li>{@link dev.twinlog.internal.batch.BatchHeader} is the layout of format v2 (KIP-98).
 *   <li>{@link dev.twinlog.internal.batch.BatchSplitter} finds the batches in a fetch response, and
 *       {@link dev.twinlog.internal.batch.Restamp} rewrites the header of each for the target:
 *       nothing else is done to a batch that is passed through.
 *   <li>{@link dev.twinlog.internal.batch.V2BatchDecoder} decodes a batch, and {@link
 *       dev.twinlog.internal.batch.BatchEncoder} encodes records to batches.
 *   <li>{@link dev.twinlog.internal.batch.LegacyDecoder} decodes the formats v0 and v1.
 *   <li>{@link dev.twinlog.internal.batch.Coalescer} merges small batches into one, or compresses
 *       one again, without creating records.
 *   <li>{@code Codec} compresses and decompresses whole arrays, since a batch is always complete in
 *       memory; {@code Scratch} is the reused array.
 * </ul>
 *
 * <p>One rule holds everywhere: the CRC-32C of a batch is verified before it is decoded, and a
 * batch that failed this never gets a new one. {@link dev.twinlog.internal.batch.DamagedBatch} is
 * for reports on damage alone.
 */
@NullMarked
package dev.twinlog.internal.batch;

import org.jspecify.annotations.NullMarked;
