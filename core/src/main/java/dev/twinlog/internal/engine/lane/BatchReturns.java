package dev.twinlog.internal.engine.lane;

import dev.twinlog.spi.ReplicationBatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Releases batches to the source that delivered them. Every batch is released exactly once, after
 * the last use of its bytes; it must not be used afterwards. Thread-safe.
 */
final class BatchReturns {
  private static final Logger LOG = LoggerFactory.getLogger(BatchReturns.class);

  private final AtomicBoolean warned = new AtomicBoolean();

  /** Releases a batch. An exception of the source is logged once; the link continues. */
  void release(ReplicationBatch batch) {
    try {
      batch.release();
    } catch (RuntimeException e) {
      if (warned.compareAndSet(false, true)) {
        LOG.warn(
            "the source threw when a batch of {} was released; the link continues, further"
                + " exceptions are not logged",
            batch.partition(),
            e);
      }
    }
  }

  /** Releases outputs that won't be written. */
  void releaseAll(StageResult staged) {
    staged.outputs().forEach(output -> release(output.batch()));
  }
}
