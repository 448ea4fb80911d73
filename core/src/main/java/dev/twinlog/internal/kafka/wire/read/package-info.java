/**
 * Reads batches: whole, still compressed, and only those that a read-committed reader may see.
 *
 * <ul>
 *   <li>{@code BatchReader} is the reader that the engine polls.
 *   <li>{@code Fetches} knows which partition is asked of which broker, each broker through one
 *       {@code FetchSession} (KIP-227). A partition as it was assigned is a {@code Reading}.
 *   <li>{@code Routing} finds each one's leader, and notices a topic that was created again.
 *   <li>{@code Delivery} gives the engine what was answered: {@code BatchSorter} walks over the
 *       batches and decides how each is handled with the help of {@code AbortedFilter} and {@code
 *       SmallRun}.
 *   <li>{@code FetchMemory} bounds what is fetched and not yet given back; {@code Epochs} is what
 *       makes a truncation visible.
 * </ul>
 */
@NullMarked
package dev.twinlog.internal.kafka.wire.read;

import org.jspecify.annotations.NullMarked;
