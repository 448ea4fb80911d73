package dev.twinlog.spi;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.ServiceLoader;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * A batch in Kafka's message format v2 (KIP-98), read through its fixed header of 61 bytes. Nothing
 * after the header is read before {@link #records()} is called.
 */
final class EncodedBatch implements ReplicationBatch {
  private static final int BASE_OFFSET = 0;
  private static final int LENGTH = 8;
  private static final int MAGIC = 16;
  private static final int LAST_OFFSET_DELTA = 23;
  private static final int MAX_TIMESTAMP = 35;
  private static final int RECORD_COUNT = 57;
  private static final int HEADER_SIZE = 61;

  /** Base offset and length, which the length field does not count. */
  private static final int LOG_OVERHEAD = 12;

  private final TopicPartition partition;
  private final ByteBuffer bytes;
  private final BatchHandling handling;
  private final Runnable onRelease;
  private @Nullable List<ReplicationRecord> records;

  private EncodedBatch(
      TopicPartition partition, ByteBuffer bytes, BatchHandling handling, Runnable onRelease) {
    this.partition = partition;
    this.bytes = bytes;
    this.handling = Objects.requireNonNull(handling, "handling");
    this.onRelease = Objects.requireNonNull(onRelease, "onRelease");
  }

  static EncodedBatch of(
      TopicPartition partition, ByteBuffer v2Batch, BatchHandling handling, Runnable onRelease) {
    Objects.requireNonNull(partition, "partition");
    ByteBuffer bytes = v2Batch.slice().asReadOnlyBuffer().order(ByteOrder.BIG_ENDIAN);
    int size = bytes.remaining();
    if (size < HEADER_SIZE) {
      throw new IllegalArgumentException(
          "a v2 batch of %s has at least %d bytes, but was given %d"
              .formatted(partition, HEADER_SIZE, size));
    }
    int magic = bytes.get(MAGIC);
    if (magic != 2) {
      throw new IllegalArgumentException(
          "a batch of %s has message format v%d, but only v2 can be carried encoded"
              .formatted(partition, magic));
    }
    int declared = bytes.getInt(LENGTH) + LOG_OVERHEAD;
    if (declared != size) {
      throw new IllegalArgumentException(
          "a batch of %s says it has %d bytes, but %d were given: pass exactly one whole batch"
              .formatted(partition, declared, size));
    }
    return new EncodedBatch(partition, bytes, handling, onRelease);
  }

  @Override
  public TopicPartition partition() {
    return partition;
  }

  @Override
  public long firstOffset() {
    return bytes.getLong(BASE_OFFSET);
  }

  @Override
  public long nextOffset() {
    return firstOffset() + bytes.getInt(LAST_OFFSET_DELTA) + 1;
  }

  @Override
  public int recordCount() {
    return bytes.getInt(RECORD_COUNT);
  }

  @Override
  public int sizeInBytes() {
    return bytes.remaining();
  }

  @Override
  public long maxTimestamp() {
    return bytes.getLong(MAX_TIMESTAMP);
  }

  @Override
  public List<ReplicationRecord> records() {
    List<ReplicationRecord> decoded = records;
    if (decoded == null) {
      decoded = Collections.unmodifiableList(Decoder.INSTANCE.decode(bytes.duplicate()));
      records = decoded;
    }
    return decoded;
  }

  @Override
  public Optional<ByteBuffer> encoded() {
    return Optional.of(bytes.duplicate());
  }

  @Override
  public BatchHandling handling() {
    return handling;
  }

  @Override
  public void release() {
    onRelease.run();
  }

  @Override
  public String toString() {
    return "encoded batch of %d records of %s [%d, %d), %d bytes"
        .formatted(recordCount(), partition, firstOffset(), nextOffset(), sizeInBytes());
  }

  /** Loaded when the first batch is decoded, so that a link that decodes none never needs it. */
  private static final class Decoder {
    static final BatchDecoder INSTANCE =
        ServiceLoader.load(BatchDecoder.class, BatchDecoder.class.getClassLoader())
            .findFirst()
            .orElseThrow(
                () ->
                    new LinkFailedException(
                        "no BatchDecoder found: META-INF/services/dev.twinlog.spi.BatchDecoder of"
                            + " twinlog-core is missing; merge service files when shading"));
  }
}
