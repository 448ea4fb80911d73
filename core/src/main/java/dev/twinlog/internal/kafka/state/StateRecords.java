package dev.twinlog.internal.kafka.state;

import dev.twinlog.internal.progress.AclEntryCodec;
import dev.twinlog.internal.progress.ConfigLedgerCodec;
import dev.twinlog.internal.progress.LinkDescriptionCodec;
import dev.twinlog.internal.progress.ProgressCodec;
import dev.twinlog.internal.progress.StoredForm;
import dev.twinlog.spi.AclEntry;
import dev.twinlog.spi.ConfigLedgerStore.Kind;
import dev.twinlog.spi.ConfigLedgerStore.Resource;
import dev.twinlog.spi.GroupChunk;
import dev.twinlog.spi.LinkDescription;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.MapChunk;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.StoredEntry;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * The stored form of the records of a state topic; {@link StateAddress} has their partitions.
 *
 * <pre>
 * key    1 | 'P' | partition 4 | topic       progress of a source partition
 * key    1 | 'M' | chunk number 8 | source topic length 2, topic, partition 4 | target, the same
 *                                            a piece of a route's offset map; a tombstone removes it
 * key    1 | 'E' | since 0.2, see below | name
 *                                            something that the engine remembers and that every version
 *                                            must know; a tombstone removes it
 * key    1 | 'e' | since 0.2, see below | name
 *                                            the same, for what a version may ignore
 * key    1 | 'L'                             the link's description; a tombstone withdraws it
 * key    1 | 'g' | since 0.2, see below | chunk number 4 | group
 *                                            a part of what was written of a consumer group; a
 *                                            tombstone removes it
 * key    1 | 'O'                             who owns the link: 1 | instance 16 | milliseconds 8, and since 0.2, if it is not 0:
 *                                            complete from 8: the state was all there, in a log that
 *                                            began at this offset
 * key    1 | 'a' | entry of the target       an ACL that the link has created, see AclEntryCodec; the value
 *                                            is the source's entry; a tombstone: it is no longer the link's
 * key    1 | 'c' | since 0.2, see below | 'T' or 'G' | name
 *                                            what the link has set of the configs of a target topic, or
 *                                            of a share group, see ConfigLedgerCodec; a tombstone: nothing
 * </pre>
 *
 * <p>The form of a key never changes, since compaction compares its bytes: a new form is of a new
 * kind. A kind that is a lower-case letter may be ignored by versions that don't know it. One that
 * is an upper-case letter must be known; behind it comes the first version of Twinlog that knows
 * it, see {@link StoredForm#release}, in all but the upper-case kinds above. Every other record was
 * not written by Twinlog, and is ignored. Ignored records are counted.
 *
 * <p>Stateless.
 */
final class StateRecords {
  private static final byte VERSION = 1;
  private static final byte PROGRESS = 'P';
  private static final byte MAP = 'M';
  private static final byte LINK = 'L';
  private static final byte OWNER = 'O';
  private static final byte ACL = 'a';
  private static final byte[] GROUP = {VERSION, 'g', 3, '0', '.', '2'};
  private static final byte[] CONFIGS = {VERSION, 'c', 3, '0', '.', '2'};
  private static final byte OF_TOPIC = 'T';
  private static final byte OF_SHARE_GROUP = 'G';
  private static final byte[] REQUIRED_ENTRY = {VERSION, 'E', 3, '0', '.', '2'};
  private static final byte[] ENTRY = {VERSION, 'e', 3, '0', '.', '2'};
  private static final byte[] LINK_KEY = {VERSION, LINK};
  private static final byte[] OWNER_KEY = {VERSION, OWNER};
  private static final int OWNER_BYTES = 1 + 16 + 8;

  private StateRecords() {}

  static ProducerRecord<byte[], byte[]> progress(StateAddress state, Progress progress) {
    TopicPartition partition = progress.source().partition();
    byte[] name = partition.topic().getBytes(StandardCharsets.UTF_8);
    byte[] key =
        ByteBuffer.allocate(2 + 4 + name.length)
            .put(VERSION)
            .put(PROGRESS)
            .putInt(partition.partition())
            .put(name)
            .array();
    return state.record(partition, key, ProgressCodec.encode(progress));
  }

  static ProducerRecord<byte[], byte[]> mapChunk(StateAddress state, MapChunk chunk) {
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
    return state.record(chunk.route().source(), key.array(), value);
  }

  private static void putPartition(ByteBuffer key, byte[] topic, int partition) {
    key.putShort((short) topic.length).put(topic).putInt(partition);
  }

  static ProducerRecord<byte[], byte[]> group(StateAddress state, GroupChunk chunk) {
    byte[] name = chunk.group().getBytes(StandardCharsets.UTF_8);
    byte[] key =
        ByteBuffer.allocate(GROUP.length + 4 + name.length)
            .put(GROUP)
            .putInt(chunk.number())
            .put(name)
            .array();
    byte @Nullable [] value = chunk.isRemoved() ? null : chunk.bytes();
    return state.recordOfLink(key, value);
  }

  static ProducerRecord<byte[], byte[]> entry(StateAddress state, StoredEntry entry) {
    byte[] kind = entry.required() ? REQUIRED_ENTRY : ENTRY;
    byte[] name = entry.key().getBytes(StandardCharsets.UTF_8);
    byte[] key = ByteBuffer.allocate(kind.length + name.length).put(kind).put(name).array();
    byte @Nullable [] value = entry.isRemoved() ? null : entry.bytes();
    return state.recordOfLink(key, value);
  }

  static ProducerRecord<byte[], byte[]> link(
      StateAddress state, Optional<LinkDescription> description) {
    byte @Nullable [] value = description.map(LinkDescriptionCodec::encode).orElse(null);
    return state.recordOfLink(LINK_KEY, value);
  }

  static ProducerRecord<byte[], byte[]> owner(
      StateAddress state, UUID instance, long nowMs, long completeFrom) {
    ByteBuffer value =
        ByteBuffer.allocate(completeFrom == 0 ? OWNER_BYTES : OWNER_BYTES + 8)
            .put(VERSION)
            .putLong(instance.getMostSignificantBits())
            .putLong(instance.getLeastSignificantBits())
            .putLong(nowMs);
    if (completeFrom != 0) {
      value.putLong(completeFrom);
    }
    return state.recordOfLink(OWNER_KEY, value.array());
  }

  /** An entry of the target that the link has created, or empty if it is no longer the link's. */
  static ProducerRecord<byte[], byte[]> acl(
      StateAddress state, AclEntry created, Optional<AclEntry> source) {
    byte[] entry = AclEntryCodec.encode(created);
    byte[] key = ByteBuffer.allocate(2 + entry.length).put(VERSION).put(ACL).put(entry).array();
    byte @Nullable [] value = source.map(AclEntryCodec::encode).orElse(null);
    return state.recordOfLink(key, value);
  }

  private static boolean foldAcl(
      byte @Nullable [] key, byte @Nullable [] value, StateContents contents) {
    if (key == null || !isOfKind(ACL, key)) {
      return false;
    }
    try {
      AclEntry created = AclEntryCodec.decode(Arrays.copyOfRange(key, 2, key.length));
      contents.acl(created, Optional.ofNullable(value).map(AclEntryCodec::decode));
      return true;
    } catch (LinkFailedException e) {
      return false; // a link copies without it: then it never deletes that ACL
    }
  }

  /** What the link has set on a resource of the target, by config; nothing if it is empty. */
  static ProducerRecord<byte[], byte[]> configs(
      StateAddress state, Resource resource, Map<String, String> configs) {
    byte[] name = resource.name().getBytes(StandardCharsets.UTF_8);
    byte[] key =
        ByteBuffer.allocate(CONFIGS.length + 1 + name.length)
            .put(CONFIGS)
            .put(resource.kind() == Kind.TOPIC ? OF_TOPIC : OF_SHARE_GROUP)
            .put(name)
            .array();
    return state.recordOfLink(key, configs.isEmpty() ? null : ConfigLedgerCodec.encode(configs));
  }

  private static boolean foldConfigs(
      byte @Nullable [] key, byte @Nullable [] value, StateContents contents) {
    if (key == null || !startsWith(CONFIGS, key) || key.length < CONFIGS.length + 1) {
      return false;
    }
    byte kind = key[CONFIGS.length];
    if (kind != OF_TOPIC && kind != OF_SHARE_GROUP) {
      return false;
    }
    int begin = CONFIGS.length + 1;
    String name = new String(key, begin, key.length - begin, StandardCharsets.UTF_8);
    Resource resource = new Resource(kind == OF_TOPIC ? Kind.TOPIC : Kind.SHARE_GROUP, name);
    try {
      contents.configs(resource, value == null ? Map.of() : ConfigLedgerCodec.decode(value));
      return true;
    } catch (LinkFailedException e) {
      contents.configs(
          resource, Map.of()); // a link copies without it: then it removes none of them
      return false;
    }
  }

  private static boolean startsWith(byte[] begin, byte @Nullable [] key) {
    return key != null
        && key.length >= begin.length
        && Arrays.equals(begin, 0, begin.length, key, 0, begin.length);
  }

  /** Whether this is the key of a link's description. */
  static boolean isLink(byte @Nullable [] key) {
    return Arrays.equals(LINK_KEY, key);
  }

  /**
   * Adds one record to what was read before it.
   *
   * @param where topic and offset, for messages
   * @throws LinkFailedException if this version must know it and does not, or if it is damaged
   */
  static void fold(
      String where, byte @Nullable [] key, byte @Nullable [] value, StateContents contents) {
    try {
      Optional<TopicPartition> partition = partition(key);
      Optional<MapChunk> chunk = mapChunk(key, value);
      Optional<GroupChunk> group = group(key, value);
      Optional<StoredEntry> entry = entry(true, key, value).or(() -> entry(false, key, value));
      if (Arrays.equals(LINK_KEY, key)) {
        contents.link(value);
      } else if (Arrays.equals(OWNER_KEY, key)) {
        if (value != null) {
          contents.owner(ownerOf(value), completeFrom(value));
        }
      } else if (partition.isPresent()) {
        contents.progress(partition.get(), value);
      } else if (chunk.isPresent()) {
        contents.mapChunk(chunk.get());
      } else if (group.isPresent()) {
        contents.group(group.get());
      } else if (entry.isPresent()) {
        contents.entry(entry.get());
      } else if (!foldAcl(key, value, contents) && !foldConfigs(key, value, contents)) {
        contents.ignored().add(where, key);
      }
    } catch (LinkFailedException e) {
      throw new LinkFailedException(where + ": " + e.getMessage(), e);
    }
  }

  private static boolean isOfKind(byte kind, byte @Nullable [] key) {
    return key != null && key.length > 2 && key[0] == VERSION && key[1] == kind;
  }

  private static Optional<TopicPartition> partition(byte @Nullable [] key) {
    if (key == null || !isOfKind(PROGRESS, key) || key.length < 7) {
      return Optional.empty();
    }
    ByteBuffer in = ByteBuffer.wrap(key, 2, key.length - 2);
    int partition = in.getInt();
    return Optional.of(
        new TopicPartition(
            new String(key, in.position(), in.remaining(), StandardCharsets.UTF_8), partition));
  }

  private static Optional<MapChunk> mapChunk(byte @Nullable [] key, byte @Nullable [] value) {
    if (key == null || !isOfKind(MAP, key)) {
      return Optional.empty();
    }
    ByteBuffer in = ByteBuffer.wrap(key, 2, key.length - 2);
    try {
      long number = in.getLong();
      Route route = new Route(nextPartition(in), nextPartition(in));
      if (in.hasRemaining() || number < 0) {
        return Optional.empty();
      }
      return Optional.of(
          value == null ? MapChunk.removed(route, number) : new MapChunk(route, number, value));
    } catch (BufferUnderflowException e) {
      return Optional.empty();
    }
  }

  private static Optional<GroupChunk> group(byte @Nullable [] key, byte @Nullable [] value) {
    if (key == null || !startsWith(GROUP, key) || key.length < GROUP.length + 4) {
      return Optional.empty();
    }
    ByteBuffer in = ByteBuffer.wrap(key, GROUP.length, key.length - GROUP.length);
    int number = in.getInt();
    String name = new String(key, in.position(), in.remaining(), StandardCharsets.UTF_8);
    if (number < 0) {
      return Optional.empty();
    }
    return Optional.of(
        value == null ? GroupChunk.removed(name, number) : new GroupChunk(name, number, value));
  }

  private static Optional<StoredEntry> entry(
      boolean required, byte @Nullable [] key, byte @Nullable [] value) {
    byte[] kind = required ? REQUIRED_ENTRY : ENTRY;
    if (key == null || key.length == kind.length || !startsWith(kind, key)) {
      return Optional.empty();
    }
    String name = new String(key, kind.length, key.length - kind.length, StandardCharsets.UTF_8);
    return Optional.of(
        value == null
            ? StoredEntry.removed(name, required)
            : new StoredEntry(name, required, value));
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

  private static long completeFrom(byte[] value) {
    return value.length < OWNER_BYTES + 8 ? 0 : ByteBuffer.wrap(value).getLong(OWNER_BYTES);
  }

  private static UUID ownerOf(byte[] value) {
    if (value.length < OWNER_BYTES) {
      throw new LinkFailedException(
          "an owner record is damaged: it has only %d bytes".formatted(value.length));
    }
    StoredForm.checkVersion("an owner record", value, 0, VERSION);
    ByteBuffer in = ByteBuffer.wrap(value, 1, 16);
    return new UUID(in.getLong(), in.getLong());
  }
}
