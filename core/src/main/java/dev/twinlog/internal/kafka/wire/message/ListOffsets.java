package dev.twinlog.internal.kafka.wire.message;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The first or last offsets of logs (ListOffsets 7). The end is the high watermark.
 *
 * @param throttleMs how long the broker wants no further request
 */
public record ListOffsets(int throttleMs, List<Partition> partitions) {
  public static final long LATEST = -1;
  public static final long EARLIEST = -2;

  private static final int CLIENT = -1;
  private static final int READ_UNCOMMITTED = 0;

  /**
   * A partition whose offset is requested; the broker returns an error if the leader epoch differs.
   */
  public record Wanted(int partition, int leaderEpoch) {}

  /** The offset of a partition; −1 on an error. */
  public record Partition(String topic, int index, short error, long offset) {}

  /**
   * Writes the request.
   *
   * @param position {@link #LATEST} or {@link #EARLIEST}
   * @param wanted partitions that the broker leads, by topic
   */
  public static MessageWriter request(long position, Map<String, List<Wanted>> wanted) {
    MessageWriter out = new MessageWriter().int32(CLIENT).int8(READ_UNCOMMITTED);
    out.arrayOf(wanted.size());
    wanted.forEach(
        (topic, partitions) -> {
          out.string(topic).arrayOf(partitions.size());
          for (Wanted one : partitions) {
            out.int32(one.partition()).int32(one.leaderEpoch()).int64(position).noTags();
          }
          out.noTags();
        });
    return out.noTags();
  }

  public static ListOffsets read(MessageReader in) {
    int throttleMs = in.int32();
    List<Partition> partitions = new ArrayList<>();
    for (int topics = in.array(); topics > 0; topics--) {
      String topic = in.string();
      for (int left = in.array(); left > 0; left--) {
        int index = in.int32();
        short error = in.int16();
        in.int64(); // timestamp: these two positions have none
        partitions.add(new Partition(topic, index, error, in.int64()));
        in.int32(); // leader epoch of the record there
        in.skipTags();
      }
      in.skipTags();
    }
    return new ListOffsets(throttleMs, partitions);
  }
}
