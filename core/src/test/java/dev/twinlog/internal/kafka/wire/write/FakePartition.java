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
import org.jspecify.annotations.Nullable;

/**
 * A partition of the target with a broker's producer state: for each producer the epoch, the last
 * five batches, and the timestamp by which it expires.
 */
final class FakePartition {
  private static final int NO_SEQUENCE = -1;
  private static final int CACHED = 5;

  /** The broker's entry for a batch. */
  private record Remembered(int sequence, int last, long offset) {}

  private static final class Producer {
    final short epoch;
    int lastSequence = NO_SEQUENCE;
    long lastTimestamp;
    final Deque<Remembered> cache = new ArrayDeque<>();

    Producer(short epoch) {
      this.epoch = epoch;
    }
  }

  record Answer(Errors error, long baseOffset) {}

  /** An appended record, with its producer. */
  record Appended(long producerId, short epoch, int sequence, long baseOffset, int records) {}

  private final Map<Long, Producer> producers = new HashMap<>();
  private final List<ReplicationRecord> records = new ArrayList<>();
  private final List<Appended> appended = new ArrayList<>();
  private long before;
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

  /** Advances the end of the log, as if records had been there before. */
  void skip(long offsets) {
    before = offsets;
  }

  /** Empties the log and drops the producer state. */
  void loseEverything() {
    before = 0;
    records.clear();
    producers.clear();
  }

  /** Expires the producers whose records are old. */
  void forgetProducers() {
    producers.clear();
  }

  /** Expires the producers whose last batch has a timestamp that is so old. */
  void expire(long nowMs, long memoryMs) {
    producers.values().removeIf(producer -> nowMs - producer.lastTimestamp >= memoryMs);
  }

  /** Loads a snapshot of the producers, which contains only the last batch of each. */
  void reload() {
    for (Producer producer : producers.values()) {
      while (producer.cache.size() > 1) {
        producer.cache.removeFirst();
      }
    }
  }

  /**
   * Writes a control marker; unlike a broker's it takes no offset.
   *
   * @return whether it was accepted; not if its epoch is older than the last
   */
  boolean mark(long producerId, short epoch, long nowMs) {
    Producer known = producers.get(producerId);
    if (known != null && epoch < known.epoch) {
      return false;
    }
    Producer marked = known == null || epoch > known.epoch ? new Producer(epoch) : known;
    marked.lastTimestamp = nowMs;
    producers.put(producerId, marked);
    return true;
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
    int first = BatchHeader.baseSequence(batch, 0);
    int last = lastSequence(first, BatchHeader.lastOffsetDelta(batch, 0));
    Producer known = producers.get(id);
    if (known != null && epoch < known.epoch) {
      return new Answer(Errors.INVALID_PRODUCER_EPOCH, -1);
    }
    Remembered same = known != null && epoch == known.epoch ? cached(known, first, last) : null;
    if (same != null) {
      return new Answer(Errors.NONE, same.offset());
    }
    if (known != null && !follows(known, epoch, first)) {
      return new Answer(Errors.OUT_OF_ORDER_SEQUENCE_NUMBER, -1);
    }
    Producer producer = known == null || epoch > known.epoch ? new Producer(epoch) : known;
    producers.put(id, producer);
    long base = before + records.size();
    remember(producer, new Remembered(first, last, base), BatchHeader.maxTimestamp(batch, 0));
    records.addAll(decoded);
    appended.add(new Appended(id, epoch, first, base, decoded.size()));
    return new Answer(Errors.NONE, base);
  }

  private static @Nullable Remembered cached(Producer producer, int first, int last) {
    for (Remembered one : producer.cache) {
      if (one.sequence() == first && one.last() == last) {
        return one;
      }
    }
    return null;
  }

  private static boolean follows(Producer known, short epoch, int first) {
    if (epoch > known.epoch) {
      return first == 0;
    }
    return first == known.lastSequence + 1L
        || (first == 0 && known.lastSequence == Integer.MAX_VALUE);
  }

  /** Sequences also wrap inside batches: after 2^31 − 1 comes 0. */
  private static int lastSequence(int first, int delta) {
    return first > Integer.MAX_VALUE - delta
        ? delta - (Integer.MAX_VALUE - first) - 1
        : first + delta;
  }

  private static void remember(Producer producer, Remembered batch, long timestamp) {
    producer.lastSequence = batch.last();
    producer.lastTimestamp = timestamp;
    producer.cache.addLast(batch);
    if (producer.cache.size() > CACHED) {
      producer.cache.removeFirst();
    }
  }
}
