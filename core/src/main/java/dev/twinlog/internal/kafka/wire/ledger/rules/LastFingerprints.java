package dev.twinlog.internal.kafka.wire.ledger.rules;

import dev.twinlog.internal.batch.BatchHeader;
import dev.twinlog.internal.batch.V2BatchDecoder;
import dev.twinlog.spi.RecordFingerprint;
import dev.twinlog.spi.ReplicationRecord;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Computes the fingerprints of the last records that the target already holds. Only the last batch
 * of each read is decoded, since it is unknown whether another one follows. Confined to the
 * ledger's thread.
 */
public final class LastFingerprints {
  /** So many records identify an offset of the source even if many of its records are equal. */
  private static final int MOST = 100;

  private static final int NONE = -1;

  private final V2BatchDecoder decoder = new V2BatchDecoder();
  private List<Long> fingerprints = List.of();
  private int at = NONE;
  private int size;
  private long first;
  private boolean timestampsIncluded = true;

  /**
   * Sets the last batch so far.
   *
   * @param from the offset of its first record that counts
   */
  public void last(int position, int bytes, long from) {
    at = position;
    size = bytes;
    first = from;
  }

  /** Decodes the last batch of a read, before its buffer becomes invalid. */
  public void take(ByteBuffer batches) {
    if (at != NONE) {
      timestampsIncluded = !BatchHeader.logAppendTime(batches, at);
      fingerprints = fingerprints(batches.slice(at, size));
      at = NONE;
    }
  }

  private List<Long> fingerprints(ByteBuffer batch) {
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

  /**
   * The fingerprints in the order of the route; empty if compaction has removed the last record.
   */
  public List<Long> fingerprints() {
    return fingerprints;
  }

  /** Whether the fingerprints include timestamps: not if the target uses LogAppendTime. */
  public boolean timestampsIncluded() {
    return timestampsIncluded;
  }
}
