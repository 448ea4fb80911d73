package dev.twinlog.internal.kafka.wire.message;

import org.apache.kafka.common.TopicPartition;

/**
 * Writes an abort marker directly to a partition's leader (WriteTxnMarkers 1; KIP-98), which only
 * coordinators and administrators may do.
 *
 * @param error the error code of the one partition
 */
public record WriteTxnMarkers(short error) {
  /**
   * The highest epoch: no coordinator is responsible for this producer any more, and none with a
   * lower epoch may write behind this marker. A partition refuses markers whose coordinator epoch
   * is below that of the last one.
   */
  private static final int COORDINATOR_EPOCH = Integer.MAX_VALUE;

  /**
   * Fences a producer on a partition.
   *
   * @param epoch producers with a lower epoch can't write any more
   */
  public static MessageWriter request(long producerId, short epoch, TopicPartition partition) {
    return new MessageWriter()
        .arrayOf(1)
        .int64(producerId)
        .int16(epoch)
        .bool(false)
        .arrayOf(1)
        .string(partition.topic())
        .arrayOf(1)
        .int32(partition.partition())
        .noTags()
        .int32(COORDINATOR_EPOCH)
        .noTags()
        .noTags();
  }

  public static WriteTxnMarkers read(MessageReader in) {
    short error = 0;
    for (int markers = in.array(); markers > 0; markers--) {
      in.int64();
      for (int topics = in.array(); topics > 0; topics--) {
        in.string();
        for (int left = in.array(); left > 0; left--) {
          in.int32(); // the one partition of the request
          error = in.int16();
          in.skipTags();
        }
        in.skipTags();
      }
      in.skipTags();
    }
    return new WriteTxnMarkers(error);
  }
}
