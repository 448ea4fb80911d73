package dev.twinlog.internal.kafka.wire.ledger;

import dev.twinlog.internal.batch.BatchHeader;
import dev.twinlog.internal.kafka.wire.ledger.request.LogWalk;
import dev.twinlog.internal.kafka.wire.ledger.request.RecoveryTask;
import dev.twinlog.internal.kafka.wire.ledger.rules.LastFingerprints;
import dev.twinlog.internal.kafka.wire.ledger.rules.Scan;
import java.nio.ByteBuffer;
import org.apache.kafka.common.Uuid;

/**
 * Reads the log between the progress and the fence, and counts the records of the route with a
 * {@link Scan}.
 */
final class ScanStep {
  private static final int READ_BYTES = 1 << 20;

  private final LedgerParts parts;

  ScanStep(LedgerParts parts) {
    this.parts = parts;
  }

  /**
   * Reads the log.
   *
   * @param limit where the scan ends
   * @param then runs when the scan is complete
   */
  void run(
      RecoveryTask task,
      Uuid topicId,
      Scan scan,
      long from,
      long limit,
      LastFingerprints fingerprints,
      Runnable then) {
    Reading reading = new Reading(task, topicId, scan, limit, fingerprints, then);
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
    private final LastFingerprints fingerprints;
    private final Runnable then;
    private final LogWalk walk;
    private long read;

    Reading(
        RecoveryTask task,
        Uuid topicId,
        Scan scan,
        long limit,
        LastFingerprints fingerprints,
        Runnable then) {
      this.task = task;
      this.scan = scan;
      this.limit = limit;
      this.fingerprints = fingerprints;
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
        fingerprints.last(at, size, first);
      }
      return read < limit;
    }

    @Override
    public void pause(ByteBuffer batches) {
      fingerprints.take(batches);
    }

    @Override
    public void atEnd(Runnable retry) {
      if (read >= limit) {
        done();
      } else {
        task.retry("%s can't be read at offset %d yet".formatted(task.target(), read), retry);
      }
    }

    @Override
    public void outOfRange() {
      parts
          .requests()
          .starts
          .submit(
              task,
              (leader, start) -> {
                if (start <= read) {
                  task.restart("the log of %s has become shorter".formatted(task.target()));
                } else if (start >= limit) {
                  scan.startDeleted(limit);
                  done();
                } else {
                  scan.startDeleted(start);
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
