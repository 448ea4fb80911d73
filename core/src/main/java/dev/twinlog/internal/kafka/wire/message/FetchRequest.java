package dev.twinlog.internal.kafka.wire.message;

import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Uuid;

/**
 * Requests records from a leader (Fetch 13), in an incremental fetch session (KIP-227).
 *
 * @param maxWaitMs how long the broker may wait for {@code minBytes}
 * @param minBytes how much the broker waits for before it responds
 * @param maxBytes of the whole response; a larger first batch is returned nevertheless
 * @param readCommitted whether to end at the last stable offset and list aborted transactions
 * @param sessionId 0 requests a new session
 * @param sessionEpoch 0 in the first request of a session, −1 for no session
 */
public record FetchRequest(
    int maxWaitMs,
    int minBytes,
    int maxBytes,
    boolean readCommitted,
    int sessionId,
    int sessionEpoch) {

  /**
   * What to fetch of a partition. With {@code lastFetchedEpoch}, the leader epoch of the batch
   * before {@code offset}, the broker reports where the log diverges from what was read if it was
   * truncated; −1 if unknown.
   */
  public record Wanted(
      int partition, int leaderEpoch, long offset, int lastFetchedEpoch, int maxBytes) {}

  /**
   * Writes the request.
   *
   * @param wanted new or changed partitions of the session, by topic
   * @param forgotten partitions that leave the session, by topic
   */
  public MessageWriter write(Map<Uuid, List<Wanted>> wanted, Map<Uuid, List<Integer>> forgotten) {
    MessageWriter out = new MessageWriter();
    out.int32(-1).int32(maxWaitMs).int32(minBytes).int32(maxBytes).int8(readCommitted ? 1 : 0);
    out.int32(sessionId).int32(sessionEpoch).arrayOf(wanted.size());
    wanted.forEach(
        (topic, partitions) -> {
          out.uuid(topic).arrayOf(partitions.size());
          partitions.forEach(partition -> write(out, partition));
          out.noTags();
        });
    out.arrayOf(forgotten.size());
    forgotten.forEach(
        (topic, partitions) -> {
          out.uuid(topic).arrayOf(partitions.size());
          partitions.forEach(out::int32);
          out.noTags();
        });
    return out.string("").noTags();
  }

  private static void write(MessageWriter out, Wanted wanted) {
    out.int32(wanted.partition()).int32(wanted.leaderEpoch()).int64(wanted.offset());
    out.int32(wanted.lastFetchedEpoch()).int64(-1).int32(wanted.maxBytes()).noTags();
  }
}
