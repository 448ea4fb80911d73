package dev.twinlog.internal.kafka.state;

import dev.twinlog.internal.progress.LinkDescriptionCodec;
import dev.twinlog.internal.progress.ProgressCodec;
import dev.twinlog.spi.LinkDescription;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.MapChunk;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.Route;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.UUID;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * The records of a state topic. Every key and every value begins with a version byte.
 *
 * <pre>
 * key    1 | 'P' | partition 4 | topic       progress of a source partition
 * key    1 | 'M' | chunk number 8 | source topic length 2, topic, partition 4 | target, the same
 *                                            a piece of a route's offset map; a tombstone removes it
 * key    1 | 'L'                             the link's description; a tombstone withdraws it
 * key    1 | 'O'                             who owns the link: 1 | instance 16 | milliseconds 8
 * </pre>
 *
 * <p>Stateless.
 */
final class StateRecords {
  private static final byte VERSION = 1;
  private static final byte PROGRESS = 'P';
  private static final byte MAP = 'M';
  private static final byte LINK = 'L';
  private static final byte OWNER = 'O';
  private static final byte[] LINK_KEY = {VERSION, LINK};
  private static final byte[] OWNER_KEY = {VERSION, OWNER};
  private static final int OWNER_BYTES = 1 + 16 + 8;

  private StateRecords() {}

  static ProducerRecord<byte[], byte[]> progress(String topic, Progress progress) {
    TopicPartition partition = progress.source().partition();
    byte[] name = partition.topic().getBytes(StandardCharsets.UTF_8);
    byte[] key =
        ByteBuffer.allocate(2 + 4 + name.length)
            .put(VERSION)
            .put(PROGRESS)
            .putInt(partition.partition())
            .put(name)
            .array();
    return new ProducerRecord<>(topic, 0, key, ProgressCodec.encode(progress));
  }

  static ProducerRecord<byte[], byte[]> mapChunk(String topic, MapChunk chunk) {
    byte[] source = chunk.route().source().topic().getBytes(StandardCharsets.UTF_8);
    byte[] target = chunk.route().target().topic().getBytes(StandardCharsets.UTF_8);
    ByteBuffer key =
        ByteBuffer.allocate(2 + 8 + 2 * (2 + 4) + source.length + target.length)
            .put(VERSION)
            .put(MAP)
            .putLong(chunk.number());
    putPartition(key, source, chunk.route().source().partition());
    putPartition(key, target, chunk.route().target().partition());
    byte @Nullable [] value = chunk.isRemoved() ? null : chunk.bytes();
    return new ProducerRecord<>(topic, 0, key.array(), value);
  }

  private static void putPartition(ByteBuffer key, byte[] topic, int partition) {
    key.putShort((short) topic.length).put(topic).putInt(partition);
  }

  static ProducerRecord<byte[], byte[]> link(String topic, Optional<LinkDescription> description) {
    byte @Nullable [] value = description.map(LinkDescriptionCodec::encode).orElse(null);
    return new ProducerRecord<>(topic, 0, LINK_KEY, value);
  }

  static ProducerRecord<byte[], byte[]> owner(String topic, UUID instance, long nowMs) {
    byte[] value =
        ByteBuffer.allocate(OWNER_BYTES)
            .put(VERSION)
            .putLong(instance.getMostSignificantBits())
            .putLong(instance.getLeastSignificantBits())
            .putLong(nowMs)
            .array();
    return new ProducerRecord<>(topic, 0, OWNER_KEY, value);
  }

  /** Whether this is the key of a link's description, of whatever version. */
  static boolean isLink(byte @Nullable [] key) {
    return key != null && key.length >= 2 && key[1] == LINK;
  }

  /**
   * Folds one record into what was read before it.
   *
   * @param where topic and offset, for messages
   * @throws LinkFailedException if it is of a version or kind that this version does not know
   */
  static void fold(
      String where, byte @Nullable [] key, byte @Nullable [] value, StateContents contents) {
    if (key == null || key.length < 2 || key[0] != VERSION) {
      throw new LinkFailedException(
          "%s has a key of format version %s, but this version of Twinlog knows only %d: it was written by another version of Twinlog, or is something else"
              .formatted(where, key == null || key.length == 0 ? "none" : key[0] & 0xff, VERSION));
    }
    try {
      switch (key[1]) {
        case PROGRESS -> contents.progress(partition(key), value);
        case MAP -> contents.mapChunk(mapChunk(key, value));
        case LINK -> contents.link(value);
        case OWNER -> {
          if (value != null) {
            contents.owner(ownerOf(value));
          }
        }
        default ->
            throw new LinkFailedException(
                "a key of kind %d is not known to this version of Twinlog".formatted(key[1]));
      }
    } catch (LinkFailedException e) {
      throw new LinkFailedException(where + ": " + e.getMessage(), e);
    }
  }

  private static TopicPartition partition(byte[] key) {
    if (key.length < 7) {
      throw new LinkFailedException(
          "a key of progress is damaged: it has only " + key.length + " bytes");
    }
    ByteBuffer in = ByteBuffer.wrap(key, 2, key.length - 2);
    int partition = in.getInt();
    return new TopicPartition(
        new String(key, in.position(), in.remaining(), StandardCharsets.UTF_8), partition);
  }

  private static MapChunk mapChunk(byte[] key, byte @Nullable [] value) {
    ByteBuffer in = ByteBuffer.wrap(key, 2, key.length - 2);
    try {
      long number = in.getLong();
      Route route = new Route(nextPartition(in), nextPartition(in));
      if (in.hasRemaining()) {
        throw new IllegalArgumentException(in.remaining() + " bytes follow where it should end");
      }
      return value == null ? MapChunk.removed(route, number) : new MapChunk(route, number, value);
    } catch (BufferUnderflowException | IllegalArgumentException e) {
      throw new LinkFailedException(
          "a key of the offset map is damaged, it has %d bytes".formatted(key.length), e);
    }
  }

  private static TopicPartition nextPartition(ByteBuffer in) {
    int length = in.getShort();
    if (length < 0 || length > in.remaining()) {
      throw new BufferUnderflowException();
    }
    byte[] topic = new byte[length];
    in.get(topic);
    return new TopicPartition(new String(topic, StandardCharsets.UTF_8), in.getInt());
  }

  private static UUID ownerOf(byte[] value) {
    if (value.length != OWNER_BYTES || value[0] != VERSION) {
      throw new LinkFailedException(
          "an owner record of unknown format, %d bytes".formatted(value.length));
    }
    ByteBuffer in = ByteBuffer.wrap(value, 1, 16);
    return new UUID(in.getLong(), in.getLong());
  }
}
