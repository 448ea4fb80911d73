package dev.twinlog.internal.kafka.wire.read;

import dev.twinlog.internal.batch.BatchHeader;
import dev.twinlog.internal.batch.BatchSplitter;
import dev.twinlog.internal.kafka.wire.message.FetchResponse;
import dev.twinlog.internal.kafka.wire.net.Received;
import dev.twinlog.spi.PartitionFailedException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What was answered about one partition.
 *
 * @param reading who asked
 * @param offset what it asked for
 * @param holder of the bytes, retained once; null where they are on the heap
 */
record Fetched(
    Reading reading, long offset, FetchResponse.Partition answer, @Nullable Received holder) {

  /** Whether it is still the answer to what would be asked now. */
  boolean isCurrent() {
    return !reading.isOver() && reading.position() == offset;
  }

  boolean hasRecords() {
    return answer.records().hasRemaining();
  }

  /** What it takes of the heap, or would take there: of its own bytes all, however few are left. */
  int heapBytes() {
    ByteBuffer records = answer.records();
    return holder == null ? records.arrayOffset() + records.capacity() : records.remaining();
  }

  /** The same with bytes of its own. The holder stays retained. */
  Fetched onHeap() {
    return holder == null ? this : with(copyOf(answer.records()), offset, null);
  }

  /**
   * What is left of it once its reading has come this far; the holder is not retained once more.
   * Where transactions were aborted all bytes stay, since the markers before say which ended.
   *
   * @return null if no whole batch is left
   * @throws PartitionFailedException if what is left does not begin with a batch
   */
  @Nullable Fetched from(long position) {
    ByteBuffer records = answer.records();
    BatchSplitter cutter = new BatchSplitter();
    cutter.over(records);
    boolean found = cutter.next();
    while (found && lastOffset(records, cutter) < position) {
      found = cutter.next();
    }
    if (!found) {
      return null;
    }
    int at = answer.aborted().isEmpty() ? cutter.position() : records.position();
    return with(records.slice(at, records.limit() - at), position, holder);
  }

  private static long lastOffset(ByteBuffer records, BatchSplitter cutter) {
    int at = cutter.position();
    // a message of the old formats that holds others has the offset of the last one
    return cutter.magic() < 2
        ? BatchHeader.baseOffset(records, at)
        : BatchHeader.nextOffset(records, at) - 1;
  }

  private Fetched with(ByteBuffer records, long from, @Nullable Received keeper) {
    FetchResponse.Partition same =
        new FetchResponse.Partition(
            answer.topicId(),
            answer.index(),
            answer.error(),
            answer.highWatermark(),
            answer.lastStableOffset(),
            answer.logStart(),
            answer.diverging(),
            answer.aborted(),
            records);
    return new Fetched(reading, from, same, keeper);
  }

  static ByteBuffer copyOf(ByteBuffer bytes) {
    return ByteBuffer.allocate(bytes.remaining()).put(bytes.duplicate()).flip();
  }

  void release() {
    if (holder != null) {
      holder.release();
    }
  }
}
