/**
 * The craft of record batches, with public means only: no class of Kafka's own record format is
 * used.
 *
 * <ul>
 *   <li>{@link dev.twinlog.internal.batch.BatchHeader} is the layout of format v2 (KIP-98).
 *   <li>{@link dev.twinlog.internal.batch.BatchSplitter} finds the batches in what was fetched, and
 *       {@link dev.twinlog.internal.batch.Restamp} gives each the header with which the target
 *       takes it: that is all that happens to a batch on the fast way.
 *   <li>{@link dev.twinlog.internal.batch.V2BatchDecoder} makes records of a batch, and {@link
 *       dev.twinlog.internal.batch.BatchEncoder} batches of records.
 *   <li>{@link dev.twinlog.internal.batch.LegacyDecoder} makes records of the formats v0 and v1.
 *   <li>{@link dev.twinlog.internal.batch.Coalescer} merges small batches into one, or compresses
 *       one anew, without making records.
 *   <li>{@code Codec} compresses and decompresses whole arrays, since a batch is always at hand as
 *       a whole; {@code Scratch} is the array that is used again.
 * </ul>
 *
 * <p>One rule holds everywhere: what is opened is checked against its CRC-32C first, and nothing
 * that failed the check is sealed with a new one.
 */
@NullMarked
package dev.twinlog.internal.batch;

import org.jspecify.annotations.NullMarked;
