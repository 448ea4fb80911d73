package dev.twinlog.internal.kafka.wire.message;

/**
 * Ends a transaction (EndTxn 3; KIP-98). The broker answers before the markers are written.
 *
 * @param throttleMs how long the broker wants to be left alone
 * @param error the protocol's code
 */
public record EndTxn(int throttleMs, short error) {

  /** Asks to commit. */
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
