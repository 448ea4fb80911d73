package dev.twinlog.internal.kafka.wire.message;

/**
 * Ends a transaction (EndTxn 3; KIP-98). The broker responds before the transaction markers are
 * written.
 *
 * @param throttleMs how long the broker wants no further request
 * @param error the error code
 */
public record EndTxn(int throttleMs, short error) {

  /** Requests a commit. */
  public static MessageWriter request(String transactionalId, long producerId, short epoch) {
    return new MessageWriter()
        .string(transactionalId)
        .int64(producerId)
        .int16(epoch)
        .bool(true)
        .noTags();
  }

  public static EndTxn read(MessageReader in) {
    return new EndTxn(in.int32(), in.int16());
  }
}
