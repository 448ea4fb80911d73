/**
 * The batch path: whole record batches, still compressed, from the leaders of one cluster to the
 * leaders of another. The only room that may use classes of kafka-clients beyond its public API.
 *
 * <ul>
 *   <li>{@code message}: the protocol's requests and answers, from and to buffers
 *   <li>{@code net}: connections, and who leads what
 *   <li>{@code read}: fetches batches, filters what was aborted
 *   <li>{@code write}: restamps batches and sends them, each route in order
 * </ul>
 *
 * <p>{@link dev.twinlog.internal.kafka.wire.BatchPath} is its entrance.
 */
@NullMarked
package dev.twinlog.internal.kafka.wire;

import org.jspecify.annotations.NullMarked;
