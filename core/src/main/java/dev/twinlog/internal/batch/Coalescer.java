package dev.twinlog.internal.batch;

import dev.twinlog.spi.PartitionFailedException;
import java.nio.ByteBuffer;

/**
 * Merges a run of small v2 batches into one, without creating record objects: each record's bytes
 * are copied unchanged, and only its length, timestamp and offset, which depend on the batch, are
 * rewritten. A single batch is compressed again in the same way.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>The CRC-32C of a batch is verified before the batch is used, so damaged data never gets a
 *       new CRC.
 *   <li>The batches are contiguous and dense, and so is the result: the record at offset o is at
 *       base offset + (o − the first batch's base offset).
 *   <li>A refused batch changes nothing: the batches added before it can be finished.
 * </ul>
 *
 * <p>Reusable with all its buffers; confined to one thread.
 */
public final class Coalescer {
  private final Compression compression;
  private final OpenedBatch opened = new OpenedBatch();
  private final BatchBuilder builder = new BatchBuilder();

  private long firstOffset;
  private long nextOffset;
  private int sourceSize;

  /** Creates one that compresses merged batches with this codec. */
  public Coalescer(Compression compression) {
    this.compression = compression;
    reset();
  }

  /**
   * Whether a batch may be merged at all: format v2, of clients, with the records' own timestamps,
   * with a record at every offset, and without unknown attribute bits.
   *
   * <p>Only the header is read, which may be damaged: {@link #add} verifies that.
   *
   * @param batch one whole v2 batch between position and limit, big endian; not moved
   */
  public static boolean mergeable(ByteBuffer batch) {
    int at = batch.position();
    int attributes = BatchHeader.attributes(batch, at);
    int refused = ~BatchHeader.KNOWN | BatchHeader.CONTROL | BatchHeader.LOG_APPEND_TIME;
    return BatchHeader.magic(batch, at) == 2
        && (attributes & refused) == 0
        && Codec.known(attributes & BatchHeader.CODEC_MASK)
        && BatchHeader.dense(batch, at);
  }

  /**
   * Whether two batches may be merged, the second directly after the first and with the same codec.
   */
  public static boolean mergeable(ByteBuffer first, ByteBuffer next) {
    int firstAt = first.position();
    int nextAt = next.position();
    return mergeable(first)
        && mergeable(next)
        && BatchHeader.codec(first, firstAt) == BatchHeader.codec(next, nextAt)
        && BatchHeader.nextOffset(first, firstAt) == BatchHeader.baseOffset(next, nextAt);
  }

  /**
   * Adds a batch, in any codec. It is copied: its buffer may be used again afterwards.
   *
   * @param batch one whole {@link #mergeable(ByteBuffer) mergeable} v2 batch between position and
   *     limit, big endian; not moved
   * @throws PartitionFailedException when it is damaged; the message has its offset
   * @throws CodecUnusableException when its codec's library can't be used here
   * @throws IllegalArgumentException when it is not mergeable or doesn't follow the last one
   */
  public void add(ByteBuffer batch) {
    boolean added = add(batch, Integer.MAX_VALUE);
    assert added : "no batch is larger";
  }

  /**
   * Adds a batch unless it is large when decompressed, however small it is compressed.
   *
   * @param batch as in {@link #add(ByteBuffer)}
   * @param mostPlainBytes the most bytes that its records may have uncompressed
   * @return whether it was added
   * @throws PartitionFailedException when it is damaged; the message has its offset
   * @throws IllegalArgumentException when it is not mergeable or doesn't follow the last one
   */
  public boolean add(ByteBuffer batch, int mostPlainBytes) {
    try {
      opened.open(batch);
      requireNext(batch);
      if (opened.records().remaining() > mostPlainBytes) {
        return false;
      }
      append();
      sourceSize += batch.remaining() - BatchHeader.SIZE;
      return true;
    } catch (MalformedBatchException e) {
      throw e.at(opened.baseOffset());
    } finally {
      opened.close();
    }
  }

  private void requireNext(ByteBuffer batch) {
    if (!mergeable(batch)) {
      throw new IllegalArgumentException(
          "the record batch at offset %d can't be merged: ask mergeable() first"
              .formatted(opened.baseOffset()));
    }
    if (!isEmpty() && opened.baseOffset() != nextOffset) {
      throw new IllegalArgumentException(
          "the record batch at offset %d can't be merged with one that ends before offset %d"
              .formatted(opened.baseOffset(), nextOffset));
    }
  }

  private void append() {
    boolean first = isEmpty();
    if (first) {
      builder.begin(opened.baseOffset());
    }
    builder.mark();
    try {
      copyRecords();
    } catch (MalformedBatchException e) {
      builder.rollback();
      throw e;
    }
    if (first) {
      firstOffset = opened.baseOffset();
    }
    nextOffset = opened.baseOffset() + opened.recordCount();
  }

  private void copyRecords() {
    ByteReader records = opened.records();
    int count = opened.recordCount();
    for (int i = 0; i < count; i++) {
      int size = records.length("a record", false);
      int end = records.position() + size;
      byte attributes = records.next();
      long timestamp = opened.baseTimestamp() + records.varlong();
      int offsetDelta = records.varint();
      int rest = end - records.position();
      if (offsetDelta != i || rest < 0) {
        throw new MalformedBatchException(
            "record %d says it has %d bytes and is number %d".formatted(i, size, offsetDelta));
      }
      builder.add(attributes, timestamp, records.array(), records.index(), rest);
      records.skip(rest);
    }
    if (records.remaining() > 0) {
      throw new MalformedBatchException(
          "%d bytes follow its last record, number %d".formatted(records.remaining(), count));
    }
  }

  /** Whether nothing was added since the last {@link #finish} or {@link #reset}. */
  public boolean isEmpty() {
    return builder.count() == 0;
  }

  /** How many records the merged batch has so far. */
  public int recordCount() {
    return builder.count();
  }

  /** The offset at the source of the first record; only where it is not empty. */
  public long firstOffset() {
    return firstOffset;
  }

  /** The offset at the source that the next batch must begin with; only where it is not empty. */
  public long nextOffset() {
    return nextOffset;
  }

  /** The size that the batch would have uncompressed, and that it has in memory until finished. */
  public int plainSize() {
    return builder.plainSize();
  }

  /**
   * How many bytes the finished batch has: exactly so if it is not compressed. Else the sum of the
   * sizes of its batches, compressed as they were; merged they mostly take less.
   */
  public int estimatedSize() {
    return compression.codec() == Codec.NONE
        ? builder.plainSize()
        : BatchHeader.SIZE + Math.min(sourceSize, builder.plainSize() - BatchHeader.SIZE);
  }

  /**
   * The merged batch, on the heap and in a new array: base offset is the first batch's at the
   * source, leader epoch and producer fields are −1, for {@link Restamp} to fill. The coalescer is
   * empty afterwards.
   *
   * @throws IllegalStateException when nothing was added
   */
  public ByteBuffer finish() {
    if (isEmpty()) {
      throw new IllegalStateException("no batch was added");
    }
    ByteBuffer merged = builder.seal(compression);
    reset();
    return merged;
  }

  /**
   * A single batch, compressed again.
   *
   * @throws IllegalStateException when something was added before
   */
  public ByteBuffer recompress(ByteBuffer batch) {
    if (!isEmpty()) {
      throw new IllegalStateException("finish() or reset() what was added first");
    }
    add(batch);
    return finish();
  }

  /** Discards the added batches. */
  public void reset() {
    builder.begin(0);
    sourceSize = 0;
  }
}
