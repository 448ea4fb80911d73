/**
 * Reads whole batches, still compressed, as far as a read-committed reader may see them.
 *
 * <ul>
 *   <li>{@code BatchReader} is the reader that the engine polls.
 *   <li>{@code Fetcher} fetches each partition from its leader, through one {@code FetchSession}
 *       per broker (KIP-227). One assignment of a partition is a {@code AssignedPartition}.
 *   <li>{@code LeaderTracker} finds each partition's leader, and detects a topic that was
 *       recreated.
 *   <li>{@code FetchResponseHandler} passes the answers to the engine: {@code BatchDispatcher}
 *       walks over the batches and decides how each is handled, with the help of {@code
 *       AbortedFilter} and {@code SmallBatchRun}.
 *   <li>{@code FetchMemory} bounds what was fetched and not yet returned; {@code LeaderEpochCache}
 *       makes truncations detectable.
 * </ul>
 */
@NullMarked
package dev.twinlog.internal.kafka.wire.read;

import org.jspecify.annotations.NullMarked;
