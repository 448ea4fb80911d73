package dev.twinlog.internal.kafka.wire.message;

import java.nio.ByteBuffer;
import org.apache.kafka.common.Uuid;

/**
 * Writes a produce request with one batch per partition and {@code acks=all} (Produce 9, which
 * names topics by name, and 13, by topic id). Must be called in this order: {@link #begin}, then
 * per topic {@link #topic} and {@link #partition} for each of its partitions and {@link #endTopic},
 * then {@link #end}.
 */
public final class ProduceRequest {
  /** From this version on topics are named by their id. */
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
   * Begins a partition with its batch.
   *
   * @param headerSize of the batch header, which the caller writes into the returned buffer
   * @param rest what follows the header, sent without a copy
   */
  public ByteBuffer partition(int index, int headerSize, ByteBuffer rest) {
    out.int32(index).uvarint(headerSize + rest.remaining() + 1);
    return out.room(headerSize);
  }

  /** Adds the rest of the batch, after the header was written. */
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
