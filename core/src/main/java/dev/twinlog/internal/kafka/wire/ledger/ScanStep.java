package dev.twinlog.internal.kafka.wire.ledger;

import dev.twinlog.internal.batch.BatchHeader;
import java.nio.ByteBuffer;
import org.apache.kafka.common.Uuid;

/** Reads all that lies between the cut and the fence, and counts what is ours. */
final class ScanStep {
  private static final int READ_BYTES = 1 << 20;

  private final LedgerParts parts;

  ScanStep(LedgerParts parts) {
    this.parts = parts;
  }

  /**
   * Reads.
   *
   * @param limit where the scan ends
   * @param then is called when the scan has seen all
   */
  void run(
      RecoveryTask task,
      Uuid topicId,
      Scan scan,
      long from,
      long limit,
      LastFingerprints prints,
      Runnable then) {
    Reading reading = new Reading(task, topicId, scan, limit, prints, then);
    if (from < limit) {
      reading.from(from);
    } else {
      reading.done();
    }
  }

  private final class Reading implements LogWalk.Visitor {
    private final RecoveryTask task;
    private final Scan scan;
    private final long limit;
    private final LastFingerprints prints;
    private final Runnable then;
    private final LogWalk walk;
    private long read;

    Reading(
        RecoveryTask task,
        Uuid topicId,
        Scan scan,
        long limit,
        LastFingerprints prints,
        Runnable then) {
      this.task = task;
      this.scan = scan;
      this.limit = limit;
      this.prints = prints;
      this.then = then;
      this.walk = new LogWalk(task, parts.requests().reads, topicId, READ_BYTES, this);
    }

    void from(long offset) {
      read = offset;
      walk.from(offset);
    }

    @Override
    public boolean visit(ByteBuffer batches, int at, int size) {
      if (BatchHeader.baseOffset(batches, at) >= limit) {
        read = limit;
        return false;
      }
      read = BatchHeader.nextOffset(batches, at);
      long first = scan.add(batches, at);
      if (first >= 0) {
        prints.last(at, size, first);
      }
      return read < limit;
    }

    @Override
    public void pause(ByteBuffer batches) {
      prints.take(batches);
    }

    @Override
    public void atEnd(Runnable again) {
      if (read >= limit) {
        done();
      } else {
        task.again("%s can't be read at offset %d yet".formatted(task.target(), read), again);
      }
    }

    @Override
    public void outOfRange() {
      parts
          .requests()
          .starts
          .ask(
              task,
              (leader, start) -> {
                if (start <= read) {
                  task.beginAgain("the log of %s has become shorter".formatted(task.target()));
                } else if (start >= limit) {
                  scan.beheaded(limit);
                  done();
                } else {
                  scan.beheaded(start);
                  from(start);
                }
              });
    }

    @Override
    public void done() {
      scan.end(limit);
      then.run();
    }
  }
}
