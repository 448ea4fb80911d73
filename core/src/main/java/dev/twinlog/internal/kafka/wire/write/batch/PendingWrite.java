package dev.twinlog.internal.kafka.wire.write.batch;

import dev.twinlog.spi.BatchHandling;
import dev.twinlog.spi.PartialWriteException;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.WriteAck;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One write of a route, and how much of it was appended.
 *
 * <p>Its stage completes only when no request reads from its buffer any more, since the buffer then
 * belongs to its source again.
 */
public final class PendingWrite {
  private final ReplicationBatch batch;
  private final @Nullable ByteBuffer encoded;
  private final long firstOffset;
  private final long nextOffset;
  private final int records;
  private final CompletableFuture<WriteAck> stage = new CompletableFuture<>();
  private final OffsetRunBuilder runs = new OffsetRunBuilder();
  private BatchHandling handling;
  private @Nullable List<ReplicationRecord> decoded;
  private int appended;
  private int inFlight;

  public PendingWrite(ReplicationBatch batch) {
    this.batch = batch;
    this.encoded = batch.encoded().map(ByteBuffer::slice).orElse(null);
    this.firstOffset = batch.firstOffset();
    this.nextOffset = batch.nextOffset();
    this.records = batch.recordCount();
    this.handling = batch.handling();
  }

  public CompletableFuture<WriteAck> stage() {
    return stage;
  }

  /** Returns the whole v2 batch, or null for decoded records. */
  @Nullable ByteBuffer encoded() {
    return encoded;
  }

  int sizeInBytes() {
    return batch.sizeInBytes();
  }

  /** Returns the greatest timestamp of its records. */
  public long maxTimestamp() {
    return batch.maxTimestamp();
  }

  /** Returns the source offset of its first record. */
  long firstOffset() {
    return firstOffset;
  }

  /** Returns the last source offset that it covers. */
  long lastOffset() {
    return nextOffset - 1;
  }

  /** Returns the number of its records. */
  int records() {
    return records;
  }

  /** Decodes the batch; from here on records have their own offsets. */
  List<ReplicationRecord> decode() {
    List<ReplicationRecord> all = decoded;
    if (all == null) {
      all = batch.records();
      decoded = all;
    }
    return all;
  }

  BatchHandling handling() {
    return handling;
  }

  void handling(BatchHandling taken) {
    handling = taken;
  }

  void sent() {
    inFlight++;
  }

  void returned() {
    inFlight--;
  }

  /**
   * Notes that the next records were appended, in their order; completes the write with the last of
   * them.
   */
  public void appended(int from, int to, long target) {
    assert from == appended : "records are appended in their order";
    appended = to;
    List<ReplicationRecord> all = decoded;
    if (all == null) {
      runs.add(firstOffset + from, target, to - from);
    } else {
      for (int i = from; i < to; i++) {
        runs.add(all.get(i).offset(), target + i - from, 1);
      }
    }
    if (appended == records) {
      complete();
    }
  }

  /** Whether all records were appended, or there were none. */
  public boolean isDone() {
    return appended == records;
  }

  public void complete() {
    assert inFlight == 0 : "a request still reads its bytes";
    stage.complete(WriteAck.of(runs.toList(), handling));
  }

  public void fail(ReplicationException cause) {
    assert inFlight == 0 : "a request still reads its bytes";
    if (appended == 0) {
      stage.completeExceptionally(cause);
    } else {
      stage.completeExceptionally(
          new PartialWriteException(cause, appended, offset(appended), runs.toList()));
    }
  }

  /** Returns the source offset of a record. */
  long offset(int index) {
    List<ReplicationRecord> all = decoded;
    return all == null ? firstOffset + index : all.get(index).offset();
  }

  @Override
  public String toString() {
    return "%d records from offset %d on".formatted(records, firstOffset);
  }
}
