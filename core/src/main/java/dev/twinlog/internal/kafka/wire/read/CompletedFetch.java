package dev.twinlog.internal.kafka.wire.read;

import dev.twinlog.internal.batch.BatchHeader;
import dev.twinlog.internal.batch.BatchSplitter;
import dev.twinlog.internal.kafka.wire.message.FetchResponse;
import dev.twinlog.internal.kafka.wire.net.Received;
import dev.twinlog.spi.PartitionFailedException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The answer of a fetch about one partition.
 *
 * @param assigned the assignment that it was fetched for
 * @param offset the fetch offset
 * @param holder of the bytes, retained once; null where they are on the heap
 */
record CompletedFetch(
    AssignedPartition assigned,
    long offset,
    FetchResponse.Partition answer,
    @Nullable Received holder) {

  /** Whether the position is still the fetch offset. */
  boolean isCurrent() {
    return !assigned.hasEnded() && assigned.position() == offset;
  }

  boolean hasRecords() {
    return answer.records().hasRemaining();
  }

  /**
   * Returns the bytes that it takes, or would take, on the heap; if it is there already, with the
   * ones that were used.
   */
  int heapBytes() {
    ByteBuffer records = answer.records();
    return holder == null ? records.arrayOffset() + records.capacity() : records.remaining();
  }

  /** Returns it with a copy of the bytes. The holder stays retained. */
  CompletedFetch onHeap() {
    return holder == null ? this : with(copyOf(answer.records()), offset, null);
  }

  /**
   * Returns what is left of it from a position on; the holder is not retained once more. Where
   * transactions were aborted all bytes stay, since the earlier markers show which have ended.
   *
   * @return null if no whole batch is left
   * @throws PartitionFailedException if what is left does not begin with a batch
   */
  @Nullable CompletedFetch from(long position) {
    ByteBuffer records = answer.records();
    BatchSplitter splitter = new BatchSplitter();
    splitter.over(records);
    boolean found = splitter.next();
    while (found && lastOffset(records, splitter) < position) {
      found = splitter.next();
    }
    if (!found) {
      return null;
    }
    int at = answer.aborted().isEmpty() ? splitter.position() : records.position();
    return with(records.slice(at, records.limit() - at), position, holder);
  }

  private static long lastOffset(ByteBuffer records, BatchSplitter splitter) {
    int at = splitter.position();
    // a message of the old formats that contains others has the offset of the last one
    return splitter.magic() < 2
        ? BatchHeader.baseOffset(records, at)
        : BatchHeader.nextOffset(records, at) - 1;
  }

  private CompletedFetch with(ByteBuffer records, long from, @Nullable Received newHolder) {
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
    return new CompletedFetch(assigned, from, same, newHolder);
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
