package dev.twinlog.internal.batch;

import dev.twinlog.spi.BatchDecoder;
import dev.twinlog.spi.ReplicationRecord;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Decodes batches of message format v2, in any codec. The transactional and the delete-horizon bit
 * don't change records, so they are ignored.
 *
 * <p>Thread-safe; created by {@link java.util.ServiceLoader}.
 */
public final class V2BatchDecoder implements BatchDecoder {
  /** The least bytes of a record, which bounds the declared count. */
  private static final int SMALLEST_RECORD = 7;

  @Override
  public List<ReplicationRecord> decode(ByteBuffer v2Batch) {
    OpenedBatch batch = new OpenedBatch();
    batch.open(v2Batch);
    try {
      return records(batch);
    } catch (MalformedBatchException e) {
      throw e.at(batch.baseOffset());
    }
  }

  private static List<ReplicationRecord> records(OpenedBatch batch) {
    RecordCursor cursor = new RecordCursor(batch);
    int count = batch.recordCount();
    List<ReplicationRecord> records =
        new ArrayList<>(Math.min(count, cursor.remaining() / SMALLEST_RECORD));
    long next = batch.baseOffset();
    long last = next + batch.lastOffsetDelta();
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
}
