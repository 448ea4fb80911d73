package dev.twinlog.internal.kafka.wire.ledger;

import dev.twinlog.internal.batch.BatchHeader;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.apache.kafka.common.Uuid;

/**
 * Looks whether the end of a log holds anything that was written under a producer id: then there
 * was a progress once. Looks back so far only, since a link that died before it wrote anything has
 * left no trace in logs of any length.
 */
final class TraceStep {
  private static final int READ_BYTES = 1 << 20;
  private static final long STRETCH = 10_000;

  private final LedgerParts parts;

  TraceStep(LedgerParts parts) {
    this.parts = parts;
  }

  /**
   * Looks.
   *
   * @param end of the log
   * @param then is told whether there is a trace
   */
  void run(Job job, Uuid topicId, long producerId, long end, Consumer<Boolean> then) {
    parts
        .desks()
        .starts
        .ask(
            job,
            (leader, start) -> {
              long from = Math.max(start, end - STRETCH);
              if (from < end) {
                new Look(job, topicId, producerId, end, then).from(from);
              } else {
                then.accept(false);
              }
            });
  }

  private final class Look implements LogWalk.Visitor {
    private final Job job;
    private final long producerId;
    private final long end;
    private final Consumer<Boolean> then;
    private final LogWalk walk;
    private long read;
    private boolean found;

    Look(Job job, Uuid topicId, long producerId, long end, Consumer<Boolean> then) {
      this.job = job;
      this.producerId = producerId;
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
          !BatchHeader.control(batches, at) && BatchHeader.producerId(batches, at) == producerId;
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
