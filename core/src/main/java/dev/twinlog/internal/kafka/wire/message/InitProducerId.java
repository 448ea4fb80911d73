package dev.twinlog.internal.kafka.wire.message;

/**
 * A producer id and epoch (InitProducerId 4; KIP-98).
 *
 * @param throttleMs how long the broker wants no further request
 * @param error the error code
 */
public record InitProducerId(int throttleMs, short error, long producerId, short producerEpoch) {

  /** Requests a producer id without a transactional id: the client itself counts its epochs. */
  public static MessageWriter request() {
    return new MessageWriter().string(null).int32(Integer.MAX_VALUE).int64(-1).int16(-1).noTags();
  }

  /**
   * Requests the next epoch of a transactional id, which fences the producer that has the epoch
   * before.
   *
   * @param timeoutMs after which the coordinator aborts an open transaction
   */
  public static MessageWriter request(String transactionalId, int timeoutMs) {
    return new MessageWriter()
        .string(transactionalId)
        .int32(timeoutMs)
        .int64(-1)
        .int16(-1)
        .noTags();
  }

  public static InitProducerId read(MessageReader in) {
    return new InitProducerId(in.int32(), in.int16(), in.int64(), in.int16());
  }
}
