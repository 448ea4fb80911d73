package dev.twinlog.internal.batch;

import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.ReplicationRecord;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Decodes messages of the formats v0 and v1 (KIP-31, KIP-32), which old log segments still contain.
 *
 * <p>Compressed messages are the value of one outer message, whose offset is that of the last inner
 * one. Inner offsets are absolute in v0. In v1 they are relative, so the last one determines where
 * they begin. Where a v1 outer message has the broker's append time, the inner ones have the same.
 */
public final class LegacyDecoder {
  private static final int NOT_COMPRESSED = 0;

  private LegacyDecoder() {}

  /**
   * Decodes one batch of these formats: a message, or an outer message with all its inner ones.
   *
   * @param entry exactly one between position and limit; neither moved nor changed
   * @return its records with their absolute offsets, also those before the offset that was fetched
   * @throws PartitionFailedException when it is not such an entry, or damaged
   */
  public static List<ReplicationRecord> decode(ByteBuffer entry) {
    byte[] bytes = new byte[entry.remaining()];
    entry.get(entry.position(), bytes);
    if (bytes.length < LegacyMessage.SMALLEST) {
      throw new PartitionFailedException(
          "a message of %d bytes can't be decoded: it is shorter than its header"
              .formatted(bytes.length));
    }
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    try {
      LegacyMessage outer = new LegacyMessage(buffer, "the message");
      if (buffer.hasRemaining()) {
        throw new MalformedBatchException(
            "%d bytes follow it, but it must stand alone".formatted(buffer.remaining()));
      }
      return outer.codec() == NOT_COMPRESSED
          ? List.of(outer.record(outer.offset(), outer.timestamp()))
          : inner(outer);
    } catch (MalformedBatchException e) {
      throw e.at(buffer.getLong(BatchHeader.BASE_OFFSET));
    }
  }

  private static List<ReplicationRecord> inner(LegacyMessage outer) {
    List<LegacyMessage> messages = open(outer);
    long base = base(outer, messages);
    List<ReplicationRecord> records = new ArrayList<>(messages.size());
    for (LegacyMessage message : messages) {
      boolean appendTime = outer.logAppendTime() && message.magic() == 1;
      records.add(
          message.record(
              base + message.offset(), appendTime ? outer.timestamp() : message.timestamp()));
    }
    return records;
  }

  private static List<LegacyMessage> open(LegacyMessage outer) {
    byte[] compressed = outer.value();
    Codec codec = Codec.of(outer.codec());
    if (codec == Codec.ZSTD) {
      throw new MalformedBatchException("messages of its format can't be compressed with zstd");
    }
    if (compressed == null) {
      throw new MalformedBatchException("it is compressed, but has no value");
    }
    ByteReader reader = new ByteReader();
    codec.open(compressed, 0, compressed.length, new Scratch(), reader);
    ByteBuffer buffer = ByteBuffer.wrap(reader.array(), reader.index(), reader.remaining());
    List<LegacyMessage> messages = new ArrayList<>();
    while (buffer.hasRemaining()) {
      LegacyMessage message = new LegacyMessage(buffer, "its inner message " + messages.size());
      if (message.codec() != NOT_COMPRESSED) {
        throw new MalformedBatchException("a message in it is compressed once more");
      }
      messages.add(message);
    }
    if (messages.isEmpty()) {
      throw new MalformedBatchException("it is compressed, but holds no message");
    }
    return messages;
  }

  /** The number to add to the inner offsets. */
  private static long base(LegacyMessage outer, List<LegacyMessage> messages) {
    if (outer.magic() == 0
        || outer.offset() == 0) { // 0: as some clients wrote it, and Kafka reads it
      return 0;
    }
    long last = messages.get(messages.size() - 1).offset();
    if (last > outer.offset()) {
      throw new MalformedBatchException(
          "its last inner message is number %d, which is past its own offset".formatted(last));
    }
    return outer.offset() - last;
  }
}
