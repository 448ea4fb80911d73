package dev.twinlog.internal.kafka.wire.write;

import dev.twinlog.internal.batch.BatchHeader;
import dev.twinlog.internal.batch.V2BatchDecoder;
import dev.twinlog.spi.ReplicationRecord;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;
import org.apache.kafka.common.protocol.Errors;

/** A partition of the target, which knows producers as a broker does. */
final class FakePartition {
  /** What a broker remembers of a producer: its epoch and its last five batches. */
  private static final class Producer {
    short epoch;
    int next;
    final Deque<long[]> lastFive = new ArrayDeque<>(); // sequence, count, offset
  }

  record Answer(Errors error, long baseOffset) {}

  /** What was appended, and as whom. */
  record Appended(long producerId, short epoch, int sequence, long baseOffset, int records) {}

  private final Map<Long, Producer> producers = new HashMap<>();
  private final List<ReplicationRecord> records = new ArrayList<>();
  private final List<Appended> appended = new ArrayList<>();
  private int maxBytes = Integer.MAX_VALUE;
  private long refusedTimestamp = -2;

  List<ReplicationRecord> records() {
    return records;
  }

  List<Appended> appended() {
    return appended;
  }

  void maxBytes(int bytes) {
    maxBytes = bytes;
  }

  /** Records with this timestamp are refused. */
  void refuse(long timestamp) {
    refusedTimestamp = timestamp;
  }

  /** As brokers do with producers whose records are old. */
  void forgetProducers() {
    producers.clear();
  }

  Answer append(ByteBuffer batch) {
    if (batch.remaining() > maxBytes) {
      return new Answer(Errors.MESSAGE_TOO_LARGE, -1);
    }
    CRC32C crc = new CRC32C();
    crc.update(batch.slice(21, batch.remaining() - 21));
    if ((int) crc.getValue() != BatchHeader.crc(batch, 0)) {
      return new Answer(Errors.CORRUPT_MESSAGE, -1);
    }
    if (BatchHeader.baseOffset(batch, 0) != 0 || !BatchHeader.dense(batch, 0)) {
      return new Answer(Errors.INVALID_RECORD, -1);
    }
    List<ReplicationRecord> decoded = new V2BatchDecoder().decode(batch);
    if (decoded.stream().anyMatch(record -> record.timestamp() == refusedTimestamp)) {
      return new Answer(Errors.INVALID_TIMESTAMP, -1);
    }
    return append(batch, decoded);
  }

  private Answer append(ByteBuffer batch, List<ReplicationRecord> decoded) {
    long id = BatchHeader.producerId(batch, 0);
    short epoch = BatchHeader.producerEpoch(batch, 0);
    int sequence = BatchHeader.baseSequence(batch, 0);
    Producer known = producers.get(id);
    if (known != null && epoch < known.epoch) {
      return new Answer(Errors.INVALID_PRODUCER_EPOCH, -1);
    }
    if (known != null && epoch > known.epoch && sequence != 0) {
      return new Answer(Errors.OUT_OF_ORDER_SEQUENCE_NUMBER, -1);
    }
    if (known != null && epoch == known.epoch) {
      for (long[] one : known.lastFive) {
        if (one[0] == sequence && one[1] == decoded.size()) {
          return new Answer(Errors.NONE, one[2]);
        }
      }
      if (sequence != known.next) {
        return new Answer(Errors.OUT_OF_ORDER_SEQUENCE_NUMBER, -1);
      }
    }
    if (known == null || epoch > known.epoch) {
      known = new Producer();
      known.epoch = epoch;
      producers.put(id, known);
    }
    long base = records.size();
    known.next = (sequence + decoded.size()) & Integer.MAX_VALUE;
    known.lastFive.addLast(new long[] {sequence, decoded.size(), base});
    if (known.lastFive.size() > 5) {
      known.lastFive.removeFirst();
    }
    records.addAll(decoded);
    appended.add(new Appended(id, epoch, sequence, base, decoded.size()));
    return new Answer(Errors.NONE, base);
  }
}
