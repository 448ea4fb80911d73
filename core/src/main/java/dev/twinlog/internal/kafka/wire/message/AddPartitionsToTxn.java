package dev.twinlog.internal.kafka.wire.message;

import org.apache.kafka.common.TopicPartition;

/**
 * Adds a partition to a transaction, which it begins if none is open (AddPartitionsToTxn 3;
 * KIP-98).
 *
 * @param throttleMs how long the broker wants no further request
 * @param error the error code of the one partition
 */
public record AddPartitionsToTxn(int throttleMs, short error) {

  public static MessageWriter request(
      String transactionalId, long producerId, short epoch, TopicPartition partition) {
    return new MessageWriter()
        .string(transactionalId)
        .int64(producerId)
        .int16(epoch)
        .arrayOf(1)
        .string(partition.topic())
        .arrayOf(1)
        .int32(partition.partition())
        .noTags()
        .noTags();
  }

  public static AddPartitionsToTxn read(MessageReader in) {
    int throttleMs = in.int32();
    short error = 0;
    for (int topics = in.array(); topics > 0; topics--) {
      in.string();
      for (int left = in.array(); left > 0; left--) {
        in.int32(); // the one partition of the request
        error = in.int16();
        in.skipTags();
      }
      in.skipTags();
    }
    return new AddPartitionsToTxn(throttleMs, error);
  }
}
