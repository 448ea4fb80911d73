package dev.twinlog.internal.batch;

import dev.twinlog.spi.PartitionFailedException;
import java.nio.ByteBuffer;

/**
 * Iterates over the batches in the bytes of one fetched partition, of all message formats. A broker
 * truncates a response at the fetch size, so the last batch may be incomplete; it is left out.
 *
 * <p>Only sizes and formats are read. The buffer is neither moved nor changed, and nothing is
 * allocated per batch. Reusable; confined to one thread.
 *
 * <pre>{@code
 * cutter.over(records);
 * while (cutter.next()) {
 *   records.slice(cutter.position(), cutter.size());
 * }
 * }</pre>
 */
public final class BatchSplitter {
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  /** The least that offset, length, CRC, magic, attributes, key and value of v0 take together. */
  private static final int SMALLEST_V0 = 26;

  /** v1 adds a timestamp. */
  private static final int SMALLEST_V1 = 34;

  private ByteBuffer records = NOTHING;
  private int position;
  private int size;
  private int magic;

  /** Starts with the bytes between position and limit of a big-endian buffer. */
  public void over(ByteBuffer fetched) {
    records = fetched;
    position = fetched.position();
    size = 0;
    magic = 0;
  }

  /**
   * Moves to the next complete batch.
   *
   * @return whether there was one
   * @throws PartitionFailedException when the bytes are not a batch; a further call throws the same
   */
  public boolean next() {
    int at = position + size;
    int remaining = records.limit() - at;
    if (remaining < BatchHeader.LOG_OVERHEAD) {
      return ended(at);
    }
    long declared = BatchHeader.sizeInBytes(records, at);
    requireAtLeast(SMALLEST_V0, declared, at);
    if (remaining <= BatchHeader.MAGIC) {
      return ended(at);
    }
    int format = BatchHeader.magic(records, at);
    requireAtLeast(smallest(format, at), declared, at);
    if (declared > remaining) {
      return ended(at);
    }
    position = at;
    size = (int) declared;
    magic = format;
    return true;
  }

  private boolean ended(int at) {
    position = at;
    size = 0;
    return false;
  }

  /** Where the batch begins in the buffer. */
  public int position() {
    return position;
  }

  /** How many bytes the batch has. */
  public int size() {
    return size;
  }

  /** The batch's message format: 0, 1 or 2. */
  public int magic() {
    return magic;
  }

  /**
   * How many bytes follow the current batch. Once {@link #next()} has returned false, these are an
   * incomplete batch, and where there was no complete one before it, the fetch was too small.
   */
  public int leftOver() {
    return records.limit() - position - size;
  }

  private int smallest(int format, int at) {
    return switch (format) {
      case 0 -> SMALLEST_V0;
      case 1 -> SMALLEST_V1;
      case 2 -> BatchHeader.SIZE;
      default ->
          throw new PartitionFailedException(
              "the record batch at offset %d has message format v%d, but only v0 to v2 are known"
                  .formatted(BatchHeader.baseOffset(records, at), format));
    };
  }

  private void requireAtLeast(int smallest, long declared, int at) {
    if (declared < smallest) {
      throw new PartitionFailedException(
          "the record batch at offset %d says it has %d bytes, but can't have less than %d: what was fetched is damaged"
              .formatted(BatchHeader.baseOffset(records, at), declared, smallest));
    }
  }
}
