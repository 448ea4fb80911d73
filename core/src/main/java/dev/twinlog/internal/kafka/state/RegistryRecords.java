package dev.twinlog.internal.kafka.state;

import dev.twinlog.internal.progress.LinkDescriptionCodec;
import dev.twinlog.internal.progress.ProducerOrigin;
import dev.twinlog.spi.LinkDescription;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/**
 * The stored form of the records of a registry topic.
 *
 * <pre>
 * key    1 | 'L'                             the link's description; a tombstone withdraws it
 * key    1 | 'I' | producer id 8             what was written under this id; never removed
 * </pre>
 *
 * <p>For keys the rule of {@link StateRecords} holds; the description has the same key there.
 *
 * <p>Stateless.
 */
final class RegistryRecords {
  private static final byte VERSION = 1;
  private static final byte PRODUCER = 'I';
  private static final int PRODUCER_KEY = 2 + 8;

  private RegistryRecords() {}

  static ProducerRecord<byte[], byte[]> link(
      StateAddress registry, Optional<LinkDescription> description) {
    return StateRecords.link(registry, description);
  }

  static ProducerRecord<byte[], byte[]> producer(
      StateAddress registry, long id, ProducerOrigin origin) {
    byte[] key = ByteBuffer.allocate(PRODUCER_KEY).put(VERSION).put(PRODUCER).putLong(id).array();
    return registry.recordOfLink(key, origin.encode());
  }

  /**
   * Adds one record to what was read before it.
   *
   * @param where topic and offset, for messages
   */
  static void fold(
      String where, byte @Nullable [] key, byte @Nullable [] value, RegistryContents contents) {
    if (StateRecords.isLink(key)) {
      contents.link(value == null ? null : LinkDescriptionCodec.decode(value));
    } else if (key != null
        && key.length == PRODUCER_KEY
        && key[0] == VERSION
        && key[1] == PRODUCER
        && value != null) {
      contents.producer(ByteBuffer.wrap(key).getLong(2), ProducerOrigin.decode(value));
    } else {
      contents.ignored().add(where, key);
    }
  }
}
