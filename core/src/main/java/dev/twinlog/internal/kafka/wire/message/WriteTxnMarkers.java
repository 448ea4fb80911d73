package dev.twinlog.internal.kafka.wire.message;

import org.apache.kafka.common.TopicPartition;

/**
 * Writes an abort marker straight to a partition's leader (WriteTxnMarkers 1; KIP-98), as only
 * coordinators and administrators may.
 *
 * @param error of the one partition, by the protocol's code
 */
public record WriteTxnMarkers(short error) {
  /**
   * No coordinator answers for this producer any more, and none of a lower epoch is to write behind
   * us: the partition refuses markers whose coordinator epoch is below the last one.
   */
  private static final int COORDINATOR_EPOCH = Integer.MAX_VALUE;

  /**
   * Fences a producer on a partition.
   *
   * @param epoch lower ones can't write any more
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
          in.int32(); // the one partition that was asked for
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
