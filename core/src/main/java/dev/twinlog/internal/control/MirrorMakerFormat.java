package dev.twinlog.internal.control;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.TopicPartition;

/**
 * The names and the records of the topics that MirrorMaker 2 writes in the target, as its own
 * clients read them. Texts are UTF-8 after a 16-bit length, numbers big-endian:
 *
 * <pre>
 * heartbeat   key    source alias | target alias
 *             value  version 2, which is 0 | milliseconds 8
 * checkpoint  key    group | target topic | target partition 4
 *             value  version 2, which is 0 | source offset 8 | target offset 8 | metadata
 * </pre>
 *
 * <p>Stateless.
 */
public final class MirrorMakerFormat {
  private static final short VERSION = 0;

  private MirrorMakerFormat() {}

  /** The topic of heartbeats of a source cluster, in the target. */
  public static String heartbeats(String sourceAlias, String separator) {
    return sourceAlias + separator + "heartbeats";
  }

  /** The topic of checkpoints of groups of a source cluster, in the target. */
  public static String checkpoints(String sourceAlias, String separator) {
    return sourceAlias + separator + "checkpoints" + separator + "internal";
  }

  /** The key of a heartbeat. */
  public static byte[] heartbeatKey(String sourceAlias, String targetAlias) {
    byte[] source = bytes(sourceAlias);
    byte[] target = bytes(targetAlias);
    ByteBuffer key = ByteBuffer.allocate(2 + source.length + 2 + target.length);
    put(key, source);
    put(key, target);
    return key.array();
  }

  /** The value of a heartbeat. */
  public static byte[] heartbeat(long atMs) {
    return ByteBuffer.allocate(2 + 8).putShort(VERSION).putLong(atMs).array();
  }

  /** The key of the checkpoint of a group in a target partition. */
  public static byte[] checkpointKey(String group, TopicPartition target) {
    byte[] id = bytes(group);
    byte[] topic = bytes(target.topic());
    ByteBuffer key = ByteBuffer.allocate(2 + id.length + 2 + topic.length + 4);
    put(key, id);
    put(key, topic);
    return key.putInt(target.partition()).array();
  }

  /** The value of a checkpoint. */
  public static byte[] checkpoint(long sourceOffset, long targetOffset, String metadata) {
    byte[] text = bytes(metadata);
    ByteBuffer value = ByteBuffer.allocate(2 + 8 + 8 + 2 + text.length);
    value.putShort(VERSION).putLong(sourceOffset).putLong(targetOffset);
    put(value, text);
    return value.array();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static void put(ByteBuffer into, byte[] text) {
    into.putShort((short) text.length).put(text);
  }
}
