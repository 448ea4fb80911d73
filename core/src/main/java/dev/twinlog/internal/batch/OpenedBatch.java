package dev.twinlog.internal.batch;

import dev.twinlog.spi.PartitionFailedException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * One v2 batch whose CRC-32C was verified, decompressed. Reusable, with all its buffers; confined
 * to one thread.
 */
final class OpenedBatch {
  private final BatchSeal seal = new BatchSeal();
  private final Scratch copy = new Scratch();
  private final Scratch decompressed = new Scratch();
  private final ByteReader records = new ByteReader();

  private long baseOffset;
  private int lastOffsetDelta;
  private int recordCount;
  private long baseTimestamp;
  private long maxTimestamp;
  private boolean logAppendTime;

  /**
   * Verifies and decompresses the bytes between position and limit, which must be one whole batch
   * with records of clients. The buffer is neither moved nor changed, and must stay as it is until
   * {@link #close}.
   *
   * @throws PartitionFailedException when it is something else, or damaged
   */
  void open(ByteBuffer given) {
    ByteBuffer batch = given.order() == ByteOrder.BIG_ENDIAN ? given : given.duplicate();
    int at = batch.position();
    requireWholeBatch(batch, at);
    baseOffset = BatchHeader.baseOffset(batch, at);
    try {
      if (batch.hasArray()) {
        open(batch, at, batch.array(), batch.arrayOffset() + at);
      } else {
        copy.clear();
        copy.reserve(batch.remaining());
        batch.get(at, copy.array(), 0, batch.remaining());
        open(batch, at, copy.array(), 0);
      }
    } catch (MalformedBatchException e) {
      throw e.at(baseOffset);
    }
  }

  private static void requireWholeBatch(ByteBuffer batch, int at) {
    int size = batch.remaining();
    if (size < BatchHeader.SIZE) {
      throw new PartitionFailedException(
          "a record batch of %d bytes can't be decoded: it is shorter than its header"
              .formatted(size));
    }
    long offset = BatchHeader.baseOffset(batch, at);
    int magic = BatchHeader.magic(batch, at);
    if (magic != 2) {
      throw MalformedBatchException.refused(
          offset, "it has message format v" + magic + ", not v2", null);
    }
    long declared = BatchHeader.sizeInBytes(batch, at);
    if (declared != size) {
      throw MalformedBatchException.refused(
          offset, "it says it has %d bytes, but has %d".formatted(declared, size), null);
    }
  }

  private void open(ByteBuffer batch, int at, byte[] bytes, int from) {
    int size = batch.remaining();
    if (!seal.isIntact(batch, at, size)) {
      throw new MalformedBatchException("it is damaged: its CRC-32C does not match");
    }
    int attributes = BatchHeader.attributes(batch, at);
    if ((attributes & ~BatchHeader.KNOWN) != 0) {
      throw new MalformedBatchException("its attributes 0x%04x are unknown".formatted(attributes));
    }
    if ((attributes & BatchHeader.CONTROL) != 0) {
      throw new MalformedBatchException("it is a control batch, which holds Kafka's own markers");
    }
    recordCount = BatchHeader.recordCount(batch, at);
    lastOffsetDelta = BatchHeader.lastOffsetDelta(batch, at);
    if (recordCount < 0 || lastOffsetDelta < 0) {
      throw new MalformedBatchException("its record count or last offset is negative");
    }
    baseTimestamp = BatchHeader.baseTimestamp(batch, at);
    maxTimestamp = BatchHeader.maxTimestamp(batch, at);
    logAppendTime = BatchHeader.logAppendTime(batch, at);
    Codec.of(attributes & BatchHeader.CODEC_MASK)
        .open(bytes, from + BatchHeader.SIZE, size - BatchHeader.SIZE, decompressed, records);
  }

  /** Releases the batch's bytes. */
  void close() {
    records.clear();
    copy.clear();
    decompressed.clear();
  }

  ByteReader records() {
    return records;
  }

  long baseOffset() {
    return baseOffset;
  }

  int lastOffsetDelta() {
    return lastOffsetDelta;
  }

  int recordCount() {
    return recordCount;
  }

  /** The timestamp to which those of the records are relative. */
  long baseTimestamp() {
    return baseTimestamp;
  }

  long maxTimestamp() {
    return maxTimestamp;
  }

  boolean logAppendTime() {
    return logAppendTime;
  }
}
