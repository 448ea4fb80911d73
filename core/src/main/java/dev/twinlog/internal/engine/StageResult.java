package dev.twinlog.internal.engine;

import dev.twinlog.spi.OffsetRun;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.Route;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the stages made of one batch.
 *
 * @param outputs what is to be written, in order
 * @param held what the target holds already
 * @param next the source offset up to which the outputs are complete
 * @param filtered how many records the transform dropped
 * @param failure why the stages ended at {@code next}, if they did
 */
record StageResult(
    List<Output> outputs,
    List<HeldOutput> held,
    long next,
    int filtered,
    @Nullable ReplicationException failure) {

  /** A batch for a route, with one record at least. */
  record Output(Route route, ReplicationBatch batch) {}

  /**
   * Records of a route that the target holds already.
   *
   * @param runs where, if the sink has offsets
   * @param proven whether these, and all of the route that came before them, are proved to be what
   *     the target holds
   */
  record HeldOutput(Route route, long records, List<OffsetRun> runs, boolean proven) {}

  /** Whether an output is this very batch, so that its bytes are still needed. */
  boolean passes(ReplicationBatch batch) {
    return outputs.size() == 1 && outputs.get(0).batch() == batch;
  }

  /** What the outputs take of the memory budget. */
  long weight() {
    long weight = 0;
    for (Output output : outputs) {
      weight += MemoryBudget.weight(output.batch());
    }
    return weight;
  }
}
