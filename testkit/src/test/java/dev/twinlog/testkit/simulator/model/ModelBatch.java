package dev.twinlog.testkit.simulator.model;

import dev.twinlog.internal.batch.BatchHeader;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.apache.kafka.common.protocol.Errors;

/** A record batch in a partition's log. Immutable; its bytes must not be changed. */
public final class ModelBatch {
  private static final int MARKER_SIZE = BatchHeader.SIZE + 17;

  private final ByteBuffer bytes;
  private final int coordinatorEpoch;

  private ModelBatch(ByteBuffer bytes, int coordinatorEpoch) {
    this.bytes = bytes;
    this.coordinatorEpoch = coordinatorEpoch;
  }

  /**
   * A client's batch with the base offset and leader epoch that the leader assigns; the CRC covers
   * neither.
   */
  static ModelBatch placed(ByteBuffer batch, long baseOffset, int leaderEpoch) {
    ByteBuffer copy = ByteBuffer.allocate(batch.remaining()).put(batch.duplicate()).flip();
    copy.putLong(BatchHeader.BASE_OFFSET, baseOffset).putInt(BatchHeader.LEADER_EPOCH, leaderEpoch);
    return new ModelBatch(copy, -1);
  }

  /** The control batch that ends a transaction. */
  static ModelBatch marker(Marker marker, long baseOffset, int leaderEpoch, long nowMs) {
    ByteBuffer batch = ByteBuffer.allocate(MARKER_SIZE);
    batch.putLong(baseOffset).putInt(MARKER_SIZE - BatchHeader.LOG_OVERHEAD).putInt(leaderEpoch);
    batch.put((byte) 2).putInt(0);
    batch.putShort((short) (BatchHeader.TRANSACTIONAL | BatchHeader.CONTROL)).putInt(0);
    batch.putLong(nowMs).putLong(nowMs);
    batch.putLong(marker.producerId()).putShort(marker.epoch()).putInt(-1).putInt(1);
    // one record: its length, no attributes, no deltas, then key (version 0, type) and value
    batch.put(zigzag(16)).put((byte) 0).put((byte) 0).put((byte) 0);
    batch.put(zigzag(4)).putShort((short) 0).putShort((short) (marker.commit() ? 1 : 0));
    batch.put(zigzag(6)).putShort((short) 0).putInt(marker.coordinatorEpoch());
    batch.put((byte) 0).flip();
    CRC32C crc = new CRC32C();
    crc.update(batch.array(), BatchHeader.ATTRIBUTES, MARKER_SIZE - BatchHeader.ATTRIBUTES);
    batch.putInt(BatchHeader.CRC, (int) crc.getValue());
    return new ModelBatch(batch, marker.coordinatorEpoch());
  }

  private static byte zigzag(int small) {
    return (byte) (small << 1);
  }

  /** The same batch with fewer records, as the log cleaner leaves it. */
  ModelBatch cleaned(ByteBuffer fewer) {
    return new ModelBatch(fewer, coordinatorEpoch);
  }

  /** The error with which a broker refuses these bytes, independent of the producer's state. */
  static Errors refusal(ByteBuffer batch, int maxBytes) {
    if (batch.remaining() > maxBytes) {
      return Errors.MESSAGE_TOO_LARGE;
    }
    if (batch.remaining() < BatchHeader.SIZE
        || BatchHeader.magic(batch, 0) != 2
        || BatchHeader.sizeInBytes(batch, 0) != batch.remaining()) {
      return Errors.CORRUPT_MESSAGE;
    }
    CRC32C crc = new CRC32C();
    crc.update(batch.slice(BatchHeader.ATTRIBUTES, batch.remaining() - BatchHeader.ATTRIBUTES));
    if ((int) crc.getValue() != BatchHeader.crc(batch, 0)) {
      return Errors.CORRUPT_MESSAGE;
    }
    boolean odd =
        !BatchHeader.dense(batch, 0)
            || BatchHeader.control(batch, 0)
            || BatchHeader.logAppendTime(batch, 0)
            || (BatchHeader.producerId(batch, 0) >= 0 && BatchHeader.baseSequence(batch, 0) < 0);
    if (odd) {
      return Errors.INVALID_RECORD;
    }
    return BatchHeader.transactional(batch, 0) ? Errors.INVALID_TXN_STATE : Errors.NONE;
  }

  /** The whole batch, as a new view. */
  public ByteBuffer bytes() {
    return bytes.duplicate();
  }

  int size() {
    return bytes.limit();
  }

  public long baseOffset() {
    return BatchHeader.baseOffset(bytes, 0);
  }

  public long lastOffset() {
    return baseOffset() + BatchHeader.lastOffsetDelta(bytes, 0);
  }

  public long producerId() {
    return BatchHeader.producerId(bytes, 0);
  }

  public short epoch() {
    return BatchHeader.producerEpoch(bytes, 0);
  }

  public int firstSequence() {
    return BatchHeader.baseSequence(bytes, 0);
  }

  /** The last sequence; sequences wrap from 2^31 − 1 to 0. */
  public int lastSequence() {
    return (firstSequence() + BatchHeader.lastOffsetDelta(bytes, 0)) & Integer.MAX_VALUE;
  }

  public long maxTimestamp() {
    return BatchHeader.maxTimestamp(bytes, 0);
  }

  public boolean isControl() {
    return BatchHeader.control(bytes, 0);
  }

  public int records() {
    return BatchHeader.recordCount(bytes, 0);
  }

  int coordinatorEpoch() {
    return coordinatorEpoch;
  }

  @Override
  public String toString() {
    return "%s [%d, %d] of producer %d epoch %d sequence %d"
        .formatted(
            isControl() ? "marker" : "batch",
            baseOffset(),
            lastOffset(),
            producerId(),
            epoch(),
            firstSequence());
  }

  /**
   * A transaction marker or another control batch, from a coordinator or a client that acts as one.
   */
  record Marker(long producerId, short epoch, boolean commit, int coordinatorEpoch) {}
}
