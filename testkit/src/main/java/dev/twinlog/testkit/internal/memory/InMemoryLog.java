package dev.twinlog.testkit.internal.memory;

import dev.twinlog.spi.OffsetRun;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.Route;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * The log of one partition. Guarded by its cluster's lock.
 *
 * <p>Every truncation begins a new leader epoch, as the election of a leader without the records
 * does.
 *
 * <p>Invariant: entries ascend without overlap within {@code [start, end)}; between them are holes.
 */
public final class InMemoryLog {
  private static final long NOT_HELD = -1;

  /** One record, or one encoded batch. */
  private record Entry(
      long first,
      long next,
      @Nullable ReplicationRecord record,
      @Nullable ReplicationBatch encoded,
      @Nullable Route route,
      long sourceOffset) {}

  private final TopicPartition partition;
  private final List<Entry> entries = new ArrayList<>();

  /** The offset of each truncation; a reader remembers how many it has seen. */
  private final List<Long> truncations = new ArrayList<>();

  /** The first offset of each epoch; epochs without records are not included. */
  private final NavigableMap<Integer, Long> epochStarts = new TreeMap<>();

  private long start;
  private long end;
  private long heldStable = NOT_HELD;

  InMemoryLog(TopicPartition partition) {
    this.partition = partition;
  }

  public long start() {
    return start;
  }

  public long end() {
    return end;
  }

  /** The end for readers of committed data. */
  public long stable() {
    return heldStable == NOT_HELD ? end : heldStable;
  }

  public void holdStable() {
    heldStable = stable();
  }

  public void releaseStable() {
    heldStable = NOT_HELD;
  }

  int truncations() {
    return truncations.size();
  }

  /**
   * The lowest offset of the truncations after the first {@code known} ones, or {@link
   * Long#MAX_VALUE}.
   */
  long lowestTruncationSince(int known) {
    if (known == truncations.size()) {
      return Long.MAX_VALUE; // called at every read
    }
    return truncations.stream().skip(known).mapToLong(Long::longValue).min().orElse(Long.MAX_VALUE);
  }

  /** The leader epoch, under which records are appended now. */
  public int epoch() {
    return truncations.size();
  }

  /** The epoch of the record that is, or was, directly before an offset. */
  OptionalInt epochBefore(long offset) {
    return epochStarts.entrySet().stream()
        .filter(one -> one.getValue() < offset)
        .mapToInt(Map.Entry::getKey)
        .max();
  }

  /** The end offset of an epoch and those before it. */
  long endOf(int epoch) {
    Map.Entry<Integer, Long> next = epochStarts.higherEntry(epoch);
    return next == null ? end : next.getValue();
  }

  public long append(ReplicationRecord record, @Nullable Route route) {
    epochStarts.putIfAbsent(epoch(), end);
    long offset = end++;
    entries.add(new Entry(offset, end, withOffset(record, offset), null, route, record.offset()));
    return offset;
  }

  /** Appends a batch unchanged except for its base offset, which the CRC does not cover. */
  public long appendEncoded(ByteBuffer v2Batch) {
    ByteBuffer copy = ByteBuffer.allocate(v2Batch.remaining()).put(v2Batch.duplicate()).flip();
    epochStarts.putIfAbsent(epoch(), end);
    long offset = end;
    copy.putLong(0, offset);
    ReplicationBatch batch = ReplicationBatch.ofEncoded(partition, copy);
    end = batch.nextOffset();
    entries.add(new Entry(offset, end, null, batch, null, 0));
    return offset;
  }

  public void skip(long offsets) {
    epochStarts.putIfAbsent(epoch(), end);
    end += offsets;
  }

  public void truncateBefore(long offset) {
    openBatchAround(offset);
    entries.subList(0, firstReaching(offset)).clear();
    start = Math.max(start, Math.min(offset, end));
  }

  public void remove(long offset) {
    openBatchAround(offset);
    openBatchAround(offset + 1);
    entries.removeIf(entry -> entry.first() == offset);
  }

  public void truncateAfter(long offset) {
    openBatchAround(offset);
    entries.subList(firstReaching(offset), entries.size()).clear();
    end = Math.min(end, offset);
    start = Math.min(start, end);
    heldStable = Math.min(heldStable, end);
    epochStarts.values().removeIf(first -> first >= offset);
    truncations.add(offset);
  }

  /** All records, decoded, with the offsets of this log. */
  public List<ReplicationRecord> records() {
    List<ReplicationRecord> all = new ArrayList<>();
    entries.forEach(entry -> all.addAll(decoded(entry)));
    return all;
  }

  /** The offset runs of a route, from a target offset on; adjacent runs joined. */
  public List<OffsetRun> runs(Route route, long from) {
    Runs runs = new Runs();
    for (int i = firstReaching(from); i < entries.size(); i++) {
      Entry entry = entries.get(i);
      if (route.equals(entry.route())) {
        runs.add(entry.sourceOffset(), entry.first());
      }
    }
    return runs.toList();
  }

  /** The records of a route, from a target offset on, with the offsets of this log. */
  public List<ReplicationRecord> records(Route route, long from) {
    List<ReplicationRecord> records = new ArrayList<>();
    for (int i = firstReaching(from); i < entries.size(); i++) {
      if (route.equals(entries.get(i).route())) {
        records.addAll(decoded(entries.get(i)));
      }
    }
    return records;
  }

  /**
   * The first offset whose record has this timestamp or a later one; the stable end if there is
   * none.
   */
  public long atOrAfter(long timestamp) {
    for (ReplicationRecord record : records()) {
      if (record.timestamp() >= timestamp && record.offset() < stable()) {
        return record.offset();
      }
    }
    return stable();
  }

  /** The next batch from a position on, or null if there is none below the stable end. */
  @Nullable ReplicationBatch read(long position, int maxRecords, int maxBytes) {
    List<ReplicationRecord> records = new ArrayList<>();
    long bytes = 0;
    for (int i = firstReaching(position); i < entries.size(); i++) {
      Entry entry = entries.get(i);
      ReplicationRecord record = entry.record();
      if (entry.next() > stable() || (record == null && !records.isEmpty())) {
        break;
      }
      if (record == null) {
        return readEncoded(entry, position);
      }
      bytes += record.sizeInBytes();
      if (!records.isEmpty() && (records.size() >= maxRecords || bytes > maxBytes)) {
        break;
      }
      records.add(record);
    }
    return records.isEmpty() ? null : ReplicationBatch.of(partition, records);
  }

  private @Nullable ReplicationBatch readEncoded(Entry entry, long position) {
    if (entry.first() >= position) {
      return entry.encoded();
    }
    List<ReplicationRecord> rest =
        decoded(entry).stream().filter(record -> record.offset() >= position).toList();
    return rest.isEmpty() ? null : ReplicationBatch.of(partition, rest);
  }

  /** The next position to read: after holes, but not beyond the stable end. */
  long skipHoles(long position) {
    int i = firstReaching(position);
    long next = i < entries.size() ? Math.max(position, entries.get(i).first()) : end;
    return Math.max(position, Math.min(next, stable()));
  }

  /** The index of the first entry that ends after an offset. */
  private int firstReaching(long offset) {
    int low = 0;
    int high = entries.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (entries.get(middle).next() <= offset) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** Replaces an encoded batch by its records if an offset lies inside it. */
  private void openBatchAround(long offset) {
    int i = firstReaching(offset);
    if (i == entries.size()
        || entries.get(i).record() != null
        || entries.get(i).first() >= offset) {
      return;
    }
    List<Entry> opened = new ArrayList<>();
    for (ReplicationRecord record : decoded(entries.remove(i))) {
      opened.add(
          new Entry(record.offset(), record.offset() + 1, record, null, null, record.offset()));
    }
    entries.addAll(i, opened);
  }

  private static List<ReplicationRecord> decoded(Entry entry) {
    ReplicationBatch encoded = entry.encoded();
    ReplicationRecord record = entry.record();
    if (encoded != null) {
      return encoded.records();
    }
    return record == null ? List.of() : List.of(record);
  }

  private static ReplicationRecord withOffset(ReplicationRecord record, long offset) {
    return record.offset() == offset
        ? record
        : ReplicationRecord.of(
            offset, record.timestamp(), record.key(), record.value(), record.headers());
  }
}
