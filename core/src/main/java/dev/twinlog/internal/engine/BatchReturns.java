package dev.twinlog.internal.engine;

import dev.twinlog.spi.ReplicationBatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives batches back to the source that delivered them. Every batch comes here exactly once, from
 * whoever is the last to need its bytes; nothing may be asked of it afterwards. Thread-safe.
 */
final class BatchReturns {
  private static final Logger LOG = LoggerFactory.getLogger(BatchReturns.class);

  private final AtomicBoolean warned = new AtomicBoolean();

  /** A source that throws has lost a buffer, which is its own trouble: the link goes on. */
  void release(ReplicationBatch batch) {
    try {
      batch.release();
    } catch (RuntimeException e) {
      if (warned.compareAndSet(false, true)) {
        LOG.warn(
            "the source threw when a batch of {} was given back; the link goes on, further throws"
                + " are not logged",
            batch.partition(),
            e);
      }
    }
  }

  /** Gives back what was to be written and won't be. */
  void releaseAll(StageResult staged) {
    staged.outputs().forEach(output -> release(output.batch()));
  }
}
