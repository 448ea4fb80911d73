package dev.twinlog.internal.engine;

import dev.twinlog.internal.engine.StageResult.Output;
import dev.twinlog.internal.progress.FailedStage;
import dev.twinlog.spi.BatchHandling;
import dev.twinlog.spi.PartialWriteException;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.Route;
import org.jspecify.annotations.Nullable;

/**
 * What is known of an output that was handed to the sink. Taken down before that, since the bytes
 * of the batch are gone when the sink answers.
 *
 * @param weight what it takes of the memory budget
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

  /** What a write that was not acknowledged failed with. */
  ReplicationException failure(@Nullable Throwable error) {
    Throwable cause = FailedStage.cause(error);
    if (cause instanceof PartialWriteException partly) {
      return fits(partly) ? partly.reason() : misfit(partly);
    }
    if (cause instanceof ReplicationException known) {
      return known;
    }
    String what = cause == null ? "the sink acknowledged with null" : cause.toString();
    return new PartitionFailedException(
        "writing %s at source offset %d failed: %s".formatted(route, firstOffset, what), cause);
  }

  /** What of a write that failed has landed; null if the sink says nothing of it. */
  @Nullable PartialWriteException landed(@Nullable Throwable error) {
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
        ("the sink says that %d records of %s before source offset %d have landed, but was given %d"
                + " records of the source offsets [%d, %d): %s")
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

  /** A later write landed behind this one, which failed, or the other way round. */
  PartitionFailedException orderBroken(@Nullable ReplicationException cause) {
    return new PartitionFailedException(
        ("of %s, around source offset %d, a later write was acknowledged although an earlier one had"
                + " failed: the order in the target is broken there")
            .formatted(route, firstOffset),
        cause);
  }
}
