package dev.twinlog.internal.engine.lane;

import dev.twinlog.spi.OffsetRun;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.Route;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The result of applying the stages to one batch.
 *
 * @param outputs the batches to write, in order
 * @param alreadyWritten the records that the target already has
 * @param next the source offset up to which the outputs are complete
 * @param filtered how many records the transform dropped
 * @param failure why the stages ended at {@code next}, if they did
 */
record StageResult(
    List<Output> outputs,
    List<WrittenOutput> alreadyWritten,
    long next,
    int filtered,
    @Nullable ReplicationException failure) {

  /** A batch for a route, with at least one record. */
  record Output(Route route, ReplicationBatch batch) {}

  /**
   * Records of a route that the target already has.
   *
   * @param runs their offsets, if the sink has offsets
   * @param proven whether these, and all earlier ones of the route, are verified to be the records
   *     in the target
   */
  record WrittenOutput(Route route, long records, List<OffsetRun> runs, boolean proven) {}

  /** Whether this batch itself is the output, so that its bytes are still needed. */
  boolean passes(ReplicationBatch batch) {
    return outputs.size() == 1 && outputs.get(0).batch() == batch;
  }

  /** The bytes of the memory budget that the outputs use. */
  long weight() {
    long weight = 0;
    for (Output output : outputs) {
      weight += MemoryBudget.weight(output.batch());
    }
    return weight;
  }
}
