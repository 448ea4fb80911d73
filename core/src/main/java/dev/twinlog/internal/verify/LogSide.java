package dev.twinlog.internal.verify;

import dev.twinlog.internal.batch.BatchHeader;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationRecord;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What was read of one log and not compared yet: whole batches, of which the first one may be
 * decoded and partly consumed.
 */
final class LogSide {
  private static final long UNKNOWN = -1;

  private final Deque<ReplicationBatch> batches = new ArrayDeque<>();
  private long bytes;
  private long known;
  private long end = UNKNOWN;
  private long highWatermark = UNKNOWN;
  private long floor;
  private long lostBelow;
  private boolean nothingFollows;
  private boolean damaged;
  private @Nullable String failure;

  /** The records of the first batch, if it is decoded. */
  private @Nullable List<ReplicationRecord> records;

  private int index;

  /** Begins at an offset. */
  LogSide(long from) {
    known = from;
    floor = from;
  }

  // What arrives.

  void add(ReplicationBatch batch) {
    known = Math.max(known, batch.nextOffset());
    if (batch.nextOffset() <= floor) {
      batch.release();
    } else {
      bytes += batch.sizeInBytes();
      batches.add(batch);
    }
  }

  void position(long next, long endNow, long highWatermarkNow) {
    known = Math.max(known, next);
    end = endNow;
    highWatermark = highWatermarkNow;
  }

  /** Everything before {@code start} was deleted. */
  void lostUpTo(long start) {
    known = Math.max(known, start);
    lostBelow = Math.max(lostBelow, start);
  }

  void fail(String reason) {
    if (failure == null) {
      failure = reason;
    }
  }

  /** The bytes that are stored from the next offset on are damaged and can't be read. */
  void damaged(String reason) {
    damaged = true;
    fail(reason);
  }

  /** The log ends here, whatever else should be in it. */
  void nothingFollows() {
    nothingFollows = true;
  }

  // What is known.

  /** Why it can't be read any further. */
  Optional<String> failure() {
    return Optional.ofNullable(failure);
  }

  /** Whether that is because stored bytes are damaged. */
  boolean isDamaged() {
    return damaged;
  }

  /** The offset up to which everything has arrived. */
  long known() {
    return nothingFollows ? Long.MAX_VALUE : known;
  }

  /** The offset from which to read on. */
  long next() {
    return known;
  }

  /** Whether everything before the offset has arrived. */
  boolean knows(long offset) {
    return known() >= offset;
  }

  /** The end that a reader may see, as last reported; negative if it was not. */
  long end() {
    return end;
  }

  /** The high watermark, as last reported; negative if it was not. */
  long highWatermark() {
    return highWatermark;
  }

  /** What is before this offset was deleted before it could be read. */
  long lostBelow() {
    return lostBelow;
  }

  /** The bytes that wait to be compared. */
  long bytes() {
    return bytes;
  }

  // What is consumed.

  /** Whether a record, or a batch, has arrived that begins before the offset. */
  boolean hasBefore(long offset) {
    return !batches.isEmpty() && first() < offset;
  }

  boolean isEmpty() {
    return batches.isEmpty();
  }

  /** An offset that no arrived record is before; exact if the first batch is decoded. */
  long first() {
    List<ReplicationRecord> decoded = records;
    return decoded != null ? decoded.get(index).offset() : head().firstOffset();
  }

  ReplicationBatch head() {
    return batches.element();
  }

  /** Whether nothing of the first batch was consumed. */
  boolean isWhole() {
    return records == null;
  }

  /** The encoded first batch, if nothing of it was decoded. */
  Optional<ByteBuffer> encoded() {
    return isWhole() ? head().encoded() : Optional.empty();
  }

  /** The header's producer id of the first batch; empty if only its records are known. */
  Optional<Long> producerId() {
    return head().encoded().map(batch -> BatchHeader.producerId(batch, batch.position()));
  }

  /** Whether the records of the first batch have the time at which the broker appended them. */
  boolean logAppendTime() {
    return head()
        .encoded()
        .map(batch -> BatchHeader.logAppendTime(batch, batch.position()))
        .orElse(false);
  }

  /**
   * The first record that was not consumed.
   *
   * @throws PartitionFailedException if its batch can't be decoded
   */
  ReplicationRecord record() {
    List<ReplicationRecord> decoded = records;
    if (decoded == null) {
      decoded = head().records();
      if (decoded.isEmpty()) {
        throw new PartitionFailedException("a batch without records was delivered");
      }
      records = decoded;
      index = 0;
      while (index + 1 < decoded.size() && decoded.get(index).offset() < floor) {
        index++;
      }
    }
    return decoded.get(index);
  }

  /** Consumes the record that {@link #record()} returns. */
  void take() {
    List<ReplicationRecord> decoded = records;
    if (decoded == null || ++index == decoded.size()) {
      drop();
    }
  }

  /** Consumes the whole first batch. */
  void drop() {
    ReplicationBatch dropped = batches.remove();
    records = null;
    bytes -= dropped.sizeInBytes();
    dropped.release();
  }

  /** Puts these records in the place of the first batch, of which nothing was consumed. */
  void replace(List<ReplicationRecord> with) {
    ReplicationBatch old = batches.remove();
    ReplicationBatch decoded = ReplicationBatch.of(old.partition(), with);
    bytes += decoded.sizeInBytes() - old.sizeInBytes();
    old.release();
    batches.addFirst(decoded);
  }

  /** Consumes everything before the offset, also what arrives later. */
  void dropBelow(long offset) {
    floor = Math.max(floor, offset);
    while (!batches.isEmpty() && head().nextOffset() <= floor) {
      drop();
    }
    while (hasBefore(floor)) {
      if (record().offset() >= floor) {
        return;
      }
      take();
    }
  }

  /** Consumes what {@link #dropBelow} has excluded and has arrived since. */
  void trim() {
    if (hasBefore(floor)) {
      dropBelow(floor);
    }
  }

  /** Gives everything back. */
  void clear() {
    while (!batches.isEmpty()) {
      drop();
    }
  }
}
