package dev.twinlog.internal.kafka.wire.write;

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
 * One write of a route, and how much of it has landed.
 *
 * <p>Its stage completes only when no request reads from its buffer any more, since the buffer is
 * its source's again then.
 */
final class PendingWrite {
  private final ReplicationBatch batch;
  private final @Nullable ByteBuffer encoded;
  private final long firstOffset;
  private final long nextOffset;
  private final int records;
  private final CompletableFuture<WriteAck> stage = new CompletableFuture<>();
  private final LandedRuns runs = new LandedRuns();
  private BatchHandling handling;
  private @Nullable List<ReplicationRecord> opened;
  private int landed;
  private int inFlight;

  PendingWrite(ReplicationBatch batch) {
    this.batch = batch;
    this.encoded = batch.encoded().map(ByteBuffer::slice).orElse(null);
    this.firstOffset = batch.firstOffset();
    this.nextOffset = batch.nextOffset();
    this.records = batch.recordCount();
    this.handling = batch.handling();
  }

  CompletableFuture<WriteAck> stage() {
    return stage;
  }

  /** Whole v2 batch, or null for a decoded one. */
  @Nullable ByteBuffer encoded() {
    return encoded;
  }

  int sizeInBytes() {
    return batch.sizeInBytes();
  }

  /** The greatest of its records. */
  long maxTimestamp() {
    return batch.maxTimestamp();
  }

  /** The source offset of its first record. */
  long firstOffset() {
    return firstOffset;
  }

  /** The last source offset that it covers. */
  long lastOffset() {
    return nextOffset - 1;
  }

  /** How many records it has. */
  int records() {
    return records;
  }

  /** Opens it: from here on its records have the offsets that they say. */
  List<ReplicationRecord> open() {
    List<ReplicationRecord> all = opened;
    if (all == null) {
      all = batch.records();
      opened = all;
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

  /** The next records landed; called in their order. Completes the write when they are the last. */
  void landed(int from, int to, long target) {
    assert from == landed : "records land in their order";
    landed = to;
    List<ReplicationRecord> all = opened;
    if (all == null) {
      runs.add(firstOffset + from, target, to - from);
    } else {
      for (int i = from; i < to; i++) {
        runs.add(all.get(i).offset(), target + i - from, 1);
      }
    }
    if (landed == records) {
      complete();
    }
  }

  /** Whether everything landed, or there was nothing to write. */
  boolean isDone() {
    return landed == records;
  }

  void complete() {
    assert inFlight == 0 : "a request still reads its bytes";
    stage.complete(WriteAck.of(runs.toList(), handling));
  }

  void fail(ReplicationException cause) {
    assert inFlight == 0 : "a request still reads its bytes";
    if (landed == 0) {
      stage.completeExceptionally(cause);
    } else {
      stage.completeExceptionally(
          new PartialWriteException(cause, landed, offset(landed), runs.toList()));
    }
  }

  /** The source offset of a record. */
  long offset(int index) {
    List<ReplicationRecord> all = opened;
    return all == null ? firstOffset + index : all.get(index).offset();
  }

  @Override
  public String toString() {
    return "%d records from offset %d on".formatted(records, firstOffset);
  }
}
