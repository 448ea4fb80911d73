package dev.twinlog.spi;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;

/**
 * A contiguous run of records of one source partition, which is read and written at once. Users
 * don't implement it; methods may be added.
 *
 * <p>A batch is <em>encoded</em> (one whole Kafka v2 record batch, still compressed) or
 * <em>decoded</em> (a list of records). An encoded one is decoded when {@link #records()} is first
 * called.
 *
 * <p>Not thread-safe; handed from thread to thread by the engine. A sink may use it on a thread of
 * its own until the stage of the write completes; nothing else uses it meanwhile.
 */
public interface ReplicationBatch {

  /** The source partition. */
  TopicPartition partition();

  /** The offset of the first record. */
  long firstOffset();

  /**
   * The next offset to read: the one after the last offset that this batch covers, including
   * offsets without records.
   */
  long nextOffset();

  /** The number of records; never 0 for a decoded batch. */
  int recordCount();

  /** The bytes of the whole batch when encoded; of keys, values and headers when decoded. */
  int sizeInBytes();

  /** The greatest timestamp of its records, in milliseconds; −1 where they have none. */
  long maxTimestamp();

  /**
   * The records, decoded on the first call; on the heap, so that the caller may keep them.
   * Unmodifiable.
   */
  List<ReplicationRecord> records();

  /**
   * The whole v2 batch, read-only, positioned at its first byte; empty for a decoded batch. Valid
   * until the stage that {@link SinkWriter#write} returned completes.
   */
  Optional<ByteBuffer> encoded();

  /** How it was handled so far. */
  BatchHandling handling();

  /**
   * Releases the bytes to the source, which may overwrite them: called by the engine, once, when
   * {@link #encoded()} is not needed any more. Records that were decoded before stay.
   */
  void release();

  /**
   * A decoded batch.
   *
   * @param partition the source partition
   * @param records at least one, in ascending order of offsets; the list is not copied
   */
  static ReplicationBatch of(TopicPartition partition, List<ReplicationRecord> records) {
    return of(partition, records, BatchHandling.DECODED);
  }

  /**
   * A decoded batch, and why it is decoded.
   *
   * @param partition the source partition
   * @param records at least one, in ascending order of offsets; the list is not copied
   * @param handling how it was handled so far
   */
  static ReplicationBatch of(
      TopicPartition partition, List<ReplicationRecord> records, BatchHandling handling) {
    return DecodedBatch.of(partition, records, handling);
  }

  /**
   * An encoded batch.
   *
   * @param partition the source partition
   * @param v2Batch one whole batch of message format v2 (KIP-98), between position and limit; not
   *     copied
   * @throws IllegalArgumentException if it is not exactly one such batch
   */
  static ReplicationBatch ofEncoded(TopicPartition partition, ByteBuffer v2Batch) {
    return ofEncoded(partition, v2Batch, BatchHandling.PASSED_THROUGH, () -> {});
  }

  /**
   * An encoded batch whose bytes are returned to its source.
   *
   * @param partition the source partition
   * @param v2Batch one whole batch of message format v2 (KIP-98), between position and limit; not
   *     copied
   * @param handling how it was handled so far
   * @param onRelease what {@link #release()} runs, on whichever thread that is
   * @throws IllegalArgumentException if it is not exactly one such batch
   */
  static ReplicationBatch ofEncoded(
      TopicPartition partition, ByteBuffer v2Batch, BatchHandling handling, Runnable onRelease) {
    return EncodedBatch.of(partition, v2Batch, handling, onRelease);
  }
}
