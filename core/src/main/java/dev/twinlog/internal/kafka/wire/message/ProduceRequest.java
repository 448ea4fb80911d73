package dev.twinlog.internal.kafka.wire.message;

import java.nio.ByteBuffer;
import org.apache.kafka.common.Uuid;

/**
 * Writes batches, one for a partition (Produce 9, by name, and 13, by topic id), with {@code
 * acks=all}. Called in the order of the parts: {@link #begin}, then per topic {@link #topic} and
 * {@link #partition} for each of its partitions and {@link #endTopic}, then {@link #end}.
 */
public final class ProduceRequest {
  /** From this version on topics have their id in place of their name. */
  public static final short BY_ID = 13;

  private static final int ALL = -1;

  private final MessageWriter out;
  private final short version;

  public ProduceRequest(MessageWriter out, short version) {
    this.out = out;
    this.version = version;
  }

  public void begin(int timeoutMs, int topics) {
    out.string(null).int16(ALL).int32(timeoutMs).arrayOf(topics);
  }

  public void topic(String name, Uuid id, int partitions) {
    if (version >= BY_ID) {
      out.uuid(id);
    } else {
      out.string(name);
    }
    out.arrayOf(partitions);
  }

  /**
   * A batch.
   *
   * @param headerSize of the header, which the caller writes into the buffer that is returned
   * @param rest what follows the header, sent from where it is
   */
  public ByteBuffer partition(int index, int headerSize, ByteBuffer rest) {
    out.int32(index).uvarint(headerSize + rest.remaining() + 1);
    return out.room(headerSize);
  }

  /** After the header was written. */
  public void rest(ByteBuffer rest) {
    out.foreign(rest).noTags();
  }

  public void endTopic() {
    out.noTags();
  }

  public void end() {
    out.noTags();
  }
}
