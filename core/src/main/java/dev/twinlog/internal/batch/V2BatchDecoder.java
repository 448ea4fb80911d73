package dev.twinlog.internal.batch;

import dev.twinlog.spi.BatchDecoder;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.ReplicationRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Decodes batches of message format v2, in any codec. The layout behind the offsets below:
 *
 * <pre>
 * baseOffset 8 | length 4 | leaderEpoch 4 | magic 1 | crc 4 | attributes 2 | lastOffsetDelta 4 | baseTimestamp 8
 * maxTimestamp 8 | producerId 8 | producerEpoch 2 | baseSequence 4 | recordCount 4 | records, compressed as one
 * </pre>
 *
 * <p>Thread-safe; made by {@link java.util.ServiceLoader}.
 */
public final class V2BatchDecoder implements BatchDecoder {
  private static final int LENGTH = 8;
  private static final int MAGIC = 16;
  private static final int CRC = 17;
  private static final int ATTRIBUTES = 21;
  private static final int LAST_OFFSET_DELTA = 23;
  private static final int BASE_TIMESTAMP = 27;
  private static final int MAX_TIMESTAMP = 35;
  private static final int RECORD_COUNT = 57;
  private static final int HEADER_SIZE = 61;
  private static final int LOG_OVERHEAD = 12;

  private static final int CODEC_MASK = 0x07;
  private static final int LOG_APPEND_TIME = 0x08;
  private static final int CONTROL = 0x20;

  /** The transactional and the delete-horizon bit are allowed as well: they change no record. */
  private static final int KNOWN_ATTRIBUTES = 0x7f;

  /** The least that a record takes: so far can the declared count be believed. */
  private static final int SMALLEST_RECORD = 7;

  @Override
  public List<ReplicationRecord> decode(ByteBuffer v2Batch) {
    byte[] bytes = new byte[v2Batch.remaining()];
    v2Batch.duplicate().get(bytes);
    ByteBuffer batch = ByteBuffer.wrap(bytes);
    check(batch, bytes);
    try {
      byte[] records = Codec.of(batch.getShort(ATTRIBUTES) & CODEC_MASK).open(bytes, HEADER_SIZE);
      return records(batch, RecordCursor.of(batch, records));
    } catch (MalformedBatchException e) {
      throw refused(batch, e.why(), e);
    } catch (IOException e) {
      throw refused(batch, "its records can't be decompressed: " + e, e);
    }
  }

  private static void check(ByteBuffer batch, byte[] bytes) {
    int size = bytes.length;
    if (size < HEADER_SIZE) {
      throw new PartitionFailedException(
          "a record batch of %d bytes can't be decoded: it is shorter than its header"
              .formatted(size));
    }
    if (batch.get(MAGIC) != 2) {
      throw refused(batch, "it has message format v" + batch.get(MAGIC) + ", not v2", null);
    }
    long declared = (long) batch.getInt(LENGTH) + LOG_OVERHEAD;
    if (declared != size) {
      throw refused(batch, "it says it has %d bytes, but has %d".formatted(declared, size), null);
    }
    CRC32C crc = new CRC32C();
    crc.update(bytes, ATTRIBUTES, size - ATTRIBUTES);
    if ((int) crc.getValue() != batch.getInt(CRC)) {
      throw refused(batch, "it is damaged: its CRC-32C does not match", null);
    }
    int attributes = batch.getShort(ATTRIBUTES) & 0xffff;
    if ((attributes & ~KNOWN_ATTRIBUTES) != 0) {
      throw refused(batch, "its attributes 0x%04x are unknown".formatted(attributes), null);
    }
    if ((attributes & CONTROL) != 0) {
      throw refused(batch, "it is a control batch, which holds Kafka's own markers", null);
    }
    if (batch.getInt(RECORD_COUNT) < 0 || batch.getInt(LAST_OFFSET_DELTA) < 0) {
      throw refused(batch, "its record count or last offset is negative", null);
    }
  }

  private static List<ReplicationRecord> records(ByteBuffer batch, RecordCursor cursor) {
    int count = batch.getInt(RECORD_COUNT);
    List<ReplicationRecord> records =
        new ArrayList<>(Math.min(count, cursor.remaining() / SMALLEST_RECORD));
    long next = batch.getLong(0);
    long last = next + batch.getInt(LAST_OFFSET_DELTA);
    for (int i = 0; i < count; i++) {
      ReplicationRecord record = cursor.next();
      if (record.offset() < next || record.offset() > last) {
        throw new MalformedBatchException(
            "record %d has offset %d, which should be in [%d, %d]"
                .formatted(i, record.offset(), next, last));
      }
      next = record.offset() + 1;
      records.add(record);
    }
    if (cursor.remaining() > 0) {
      throw new MalformedBatchException(
          cursor.remaining() + " bytes follow its last record, number " + count);
    }
    return records;
  }

  private static PartitionFailedException refused(
      ByteBuffer batch, String why, @Nullable Throwable cause) {
    return new PartitionFailedException(
        "the record batch at offset %d can't be decoded: %s".formatted(batch.getLong(0), why),
        cause);
  }

  static long baseTimestamp(ByteBuffer batch) {
    return batch.getLong(BASE_TIMESTAMP);
  }

  static long maxTimestamp(ByteBuffer batch) {
    return batch.getLong(MAX_TIMESTAMP);
  }

  static boolean logAppendTime(ByteBuffer batch) {
    return (batch.getShort(ATTRIBUTES) & LOG_APPEND_TIME) != 0;
  }
}
