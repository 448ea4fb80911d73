package dev.twinlog.internal.kafka.wire.ledger;

import dev.twinlog.internal.batch.BatchHeader;
import dev.twinlog.internal.batch.V2BatchDecoder;
import dev.twinlog.spi.RecordFingerprint;
import dev.twinlog.spi.ReplicationRecord;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The prints of the last records that are held. Only the last batch is opened, and of what is read
 * at once only the last one, since nobody can say whether another one follows. Confined to the
 * ledger's thread.
 */
final class LastFingerprints {
  /** So many records show that it is the same place of the source, even among many equal ones. */
  private static final int MOST = 100;

  private static final int NONE = -1;

  private final V2BatchDecoder decoder = new V2BatchDecoder();
  private List<Long> prints = List.of();
  private int at = NONE;
  private int size;
  private long first;
  private boolean timestampsIncluded = true;

  /**
   * The last one so far.
   *
   * @param from the offset of its first record that counts
   */
  void last(int position, int bytes, long from) {
    at = position;
    size = bytes;
    first = from;
  }

  /** The bytes of the batches that were given are about to be gone. */
  void take(ByteBuffer batches) {
    if (at != NONE) {
      timestampsIncluded = !BatchHeader.logAppendTime(batches, at);
      prints = prints(batches.slice(at, size));
      at = NONE;
    }
  }

  private List<Long> prints(ByteBuffer batch) {
    long next = BatchHeader.nextOffset(batch, 0);
    List<ReplicationRecord> records = decoder.decode(batch);
    List<Long> last = new ArrayList<>();
    for (int i = records.size() - 1; i >= 0 && last.size() < MOST; i--) {
      ReplicationRecord record = records.get(i);
      next--;
      if (record.offset() != next || next < first) {
        break;
      }
      last.add(RecordFingerprint.of(record, timestampsIncluded));
    }
    Collections.reverse(last);
    return List.copyOf(last);
  }

  /** In the order of the route; none where compaction has removed the last record. */
  List<Long> prints() {
    return prints;
  }

  /** Whether they take in timestamps: not where the target overwrites these. */
  boolean timestampsIncluded() {
    return timestampsIncluded;
  }
}
