package dev.twinlog.internal.engine.lane;

import dev.twinlog.internal.engine.lane.StageResult.Output;
import dev.twinlog.internal.progress.FailedStage;
import dev.twinlog.spi.BatchHandling;
import dev.twinlog.spi.PartialWriteException;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.Route;
import org.jspecify.annotations.Nullable;

/**
 * The figures of an output that was handed to the sink, read before the write, since the batch is
 * released when the write completes.
 *
 * @param weight the bytes of the memory budget that it uses
 */
record WriteInfo(
    Route route,
    long firstOffset,
    long nextOffset,
    int records,
    int bytes,
    long maxTimestamp,
    BatchHandling handling,
    long weight) {

  static WriteInfo of(Output output) {
    ReplicationBatch batch = output.batch();
    return new WriteInfo(
        output.route(),
        batch.firstOffset(),
        batch.nextOffset(),
        batch.recordCount(),
        batch.sizeInBytes(),
        batch.maxTimestamp(),
        batch.handling(),
        MemoryBudget.weight(batch));
  }

  /** The failure of a write that was not acknowledged. */
  ReplicationException failure(@Nullable Throwable error) {
    Throwable cause = FailedStage.cause(error);
    if (cause instanceof PartialWriteException partly) {
      return fits(partly) ? partly.reason() : misfit(partly);
    }
    if (cause instanceof ReplicationException known) {
      return known;
    }
    String what = cause == null ? "the sink completed the write with null" : cause.toString();
    return new PartitionFailedException(
        "writing %s at source offset %d failed: %s".formatted(route, firstOffset, what), cause);
  }

  /** The part of a failed write that was written; null if the sink didn't report it. */
  @Nullable PartialWriteException partialWrite(@Nullable Throwable error) {
    return FailedStage.cause(error) instanceof PartialWriteException partly && fits(partly)
        ? partly
        : null;
  }

  private boolean fits(PartialWriteException partly) {
    return partly.records() < records
        && partly.sourceNext() > firstOffset
        && partly.sourceNext() < nextOffset;
  }

  private PartitionFailedException misfit(PartialWriteException partly) {
    return new PartitionFailedException(
        ("the sink reports that %d records of %s before source offset %d were written, but it was"
                + " given %d records of the source offsets [%d, %d): %s")
            .formatted(
                partly.records(),
                route,
                partly.sourceNext(),
                records,
                firstOffset,
                nextOffset,
                partly.reason().getMessage()),
        partly.reason());
  }

  /** A later write of the route succeeded although this one failed, or the reverse. */
  PartitionFailedException orderBroken(@Nullable ReplicationException cause) {
    return new PartitionFailedException(
        ("in %s, near source offset %d, a later write was acknowledged although an earlier one had"
                + " failed: the records in the target are out of order there")
            .formatted(route, firstOffset),
        cause);
  }
}
