package dev.twinlog.internal.kafka.wire.message;

/**
 * A producer id and epoch (InitProducerId 4; KIP-98).
 *
 * @param throttleMs how long the broker wants to be left alone
 * @param error the protocol's code
 */
public record InitProducerId(int throttleMs, short error, long producerId, short producerEpoch) {

  /** Asks for an id without a transactional one: its epochs are the client's to count. */
  public static MessageWriter request() {
    return new MessageWriter().string(null).int32(Integer.MAX_VALUE).int64(-1).int16(-1).noTags();
  }

  /**
   * Asks for the next epoch of a transactional id, which puts out whoever has the one before.
   *
   * @param timeoutMs after which the coordinator aborts a transaction that was left open
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
