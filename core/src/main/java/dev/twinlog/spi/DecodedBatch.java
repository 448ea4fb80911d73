package dev.twinlog.spi;

import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;

/** A batch that is a list of records. */
final class DecodedBatch implements ReplicationBatch {
  private final TopicPartition partition;
  private final List<ReplicationRecord> records;
  private final int sizeInBytes;
  private final long maxTimestamp;
  private final BatchHandling handling;

  private DecodedBatch(
      TopicPartition partition,
      List<ReplicationRecord> records,
      int sizeInBytes,
      long maxTimestamp,
      BatchHandling handling) {
    this.partition = partition;
    this.records = records;
    this.sizeInBytes = sizeInBytes;
    this.maxTimestamp = maxTimestamp;
    this.handling = Objects.requireNonNull(handling, "handling");
  }

  static DecodedBatch of(
      TopicPartition partition, List<ReplicationRecord> records, BatchHandling handling) {
    Objects.requireNonNull(partition, "partition");
    if (records.isEmpty()) {
      throw new IllegalArgumentException("a batch of " + partition + " must hold a record");
    }
    long previous = -1;
    long size = 0;
    long maxTimestamp = -1;
    for (ReplicationRecord record : records) {
      if (record.offset() <= previous) {
        throw new IllegalArgumentException(
            "offsets of a batch of %s must ascend, but %d follows %d"
                .formatted(partition, record.offset(), previous));
      }
      previous = record.offset();
      size += record.sizeInBytes();
      maxTimestamp = Math.max(maxTimestamp, record.timestamp());
    }
    return new DecodedBatch(
        partition,
        Collections.unmodifiableList(records),
        (int) Math.min(size, Integer.MAX_VALUE),
        maxTimestamp,
        handling);
  }

  @Override
  public TopicPartition partition() {
    return partition;
  }

  @Override
  public long firstOffset() {
    return records.get(0).offset();
  }

  @Override
  public long nextOffset() {
    return records.get(records.size() - 1).offset() + 1;
  }

  @Override
  public int recordCount() {
    return records.size();
  }

  @Override
  public int sizeInBytes() {
    return sizeInBytes;
  }

  @Override
  public long maxTimestamp() {
    return maxTimestamp;
  }

  @Override
  public List<ReplicationRecord> records() {
    return records;
  }

  @Override
  public Optional<ByteBuffer> encoded() {
    return Optional.empty();
  }

  @Override
  public BatchHandling handling() {
    return handling;
  }

  /** Records are on the heap: there is nothing to release. */
  @Override
  public void release() {}

  @Override
  public String toString() {
    return "%d decoded records of %s [%d, %d)"
        .formatted(records.size(), partition, firstOffset(), nextOffset());
  }
}
