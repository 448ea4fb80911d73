package dev.twinlog.internal.kafka.wire.ledger;

import dev.twinlog.internal.batch.BatchHeader;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.kafka.common.Uuid;

/**
 * Looks whether the end of a log holds anything that was written under certain producer ids: then
 * there was a progress once. It looks back only so far: where there is nothing to be found, the
 * whole log would have to be read.
 */
final class TraceStep {
  private static final int READ_BYTES = 1 << 20;
  private static final long STRETCH = 1_000;

  private final LedgerParts parts;

  TraceStep(LedgerParts parts) {
    this.parts = parts;
  }

  /**
   * Looks at the end of the log.
   *
   * @param end of the log
   * @param then is told whether there is a trace
   */
  void run(Job job, Uuid topicId, Set<Long> producerIds, long end, Consumer<Boolean> then) {
    between(job, topicId, producerIds, end - STRETCH, end, then);
  }

  /**
   * Looks at what lies between two offsets, as far as it is still there.
   *
   * @param then is told whether there is a trace
   */
  void between(
      Job job, Uuid topicId, Set<Long> producerIds, long first, long end, Consumer<Boolean> then) {
    parts
        .desks()
        .starts
        .ask(
            job,
            (leader, start) -> {
              long from = Math.max(start, first);
              if (from < end) {
                new Look(job, topicId, producerIds, end, then).from(from);
              } else {
                then.accept(false);
              }
            });
  }

  private final class Look implements LogWalk.Visitor {
    private final Job job;
    private final Set<Long> producerIds;
    private final long end;
    private final Consumer<Boolean> then;
    private final LogWalk walk;
    private long read;
    private boolean found;

    Look(Job job, Uuid topicId, Set<Long> producerIds, long end, Consumer<Boolean> then) {
      this.job = job;
      this.producerIds = producerIds;
      this.end = end;
      this.then = then;
      this.walk = new LogWalk(job, parts.desks().reads, topicId, READ_BYTES, this);
    }

    void from(long offset) {
      read = offset;
      walk.from(offset);
    }

    @Override
    public boolean visit(ByteBuffer batches, int at, int size) {
      read = BatchHeader.nextOffset(batches, at);
      found =
          !BatchHeader.control(batches, at)
              && producerIds.contains(BatchHeader.producerId(batches, at));
      return !found && read < end;
    }

    @Override
    public void atEnd(Runnable again) {
      if (read >= end) {
        done();
      } else {
        job.again("%s can't be read at offset %d yet".formatted(job.target(), read), again);
      }
    }

    @Override
    public void outOfRange() {
      job.beginAgain("the log of %s has moved on".formatted(job.target()));
    }

    @Override
    public void done() {
      then.accept(found);
    }
  }
}
