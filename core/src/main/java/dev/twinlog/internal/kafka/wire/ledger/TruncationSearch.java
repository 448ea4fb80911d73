package dev.twinlog.internal.kafka.wire.ledger;

import dev.twinlog.internal.batch.BatchHeader;
import dev.twinlog.internal.kafka.wire.ledger.request.LogWalk;
import dev.twinlog.internal.kafka.wire.ledger.request.RecoveryTask;
import dev.twinlog.internal.kafka.wire.ledger.rules.LedgerState.RecordId;
import dev.twinlog.internal.kafka.wire.ledger.rules.LedgerState.SequenceRange;
import dev.twinlog.internal.kafka.wire.ledger.rules.RecoveryPoint;
import dev.twinlog.internal.kafka.wire.ledger.rules.Sequences;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * Finds the last record of a route in a target that has lost its tail: searches backward from the
 * end, in ranges that become longer. The records before that one were appended earlier, so they are
 * still there as well.
 */
final class TruncationSearch {
  private static final int READ_BYTES = 1 << 20;
  private static final long FIRST_RANGE = 1_000;
  private static final int GROWTH = 8;

  private final LedgerParts parts;

  TruncationSearch(LedgerParts parts) {
    this.parts = parts;
  }

  /** Receives the result. */
  interface ResponseHandler {
    /**
     * Receives what was found.
     *
     * @param last the last record that is still there; empty if nothing of the route is left
     * @param behind how many records from after the progress were appended although records before
     *     it are missing
     */
    void found(Optional<RecordId> last, long behind);
  }

  /**
   * Searches backward.
   *
   * @param point what should be there
   * @param end the offset to search backward from
   */
  void run(RecoveryTask task, Uuid topicId, RecoveryPoint point, long end, ResponseHandler then) {
    parts
        .requests()
        .starts
        .submit(task, (leader, start) -> new Search(task, topicId, point, end, start, then).back());
  }

  private final class Search implements LogWalk.Visitor {
    private final RecoveryTask task;
    private final Uuid topicId;
    private final RecoveryPoint point;
    private final Set<Long> producers;
    private final List<SequenceRange> expected;
    private final long logStart;
    private final ResponseHandler then;
    private long low;
    private long high;
    private long length = FIRST_RANGE;
    private @Nullable RecordId last;
    private long afterPoint;

    Search(
        RecoveryTask task,
        Uuid topicId,
        RecoveryPoint point,
        long end,
        long logStart,
        ResponseHandler then) {
      this.task = task;
      this.topicId = topicId;
      this.point = point;
      this.logStart = logStart;
      this.then = then;
      this.low = end;
      this.expected = point.expected();
      this.producers = point.state().producers();
    }

    /** Reads the range before those that were read. */
    void back() {
      if (last != null || low <= logStart) {
        then.found(Optional.ofNullable(last), afterPoint);
        return;
      }
      high = low;
      low = Math.max(logStart, Math.min(high, point.targetNext()) - length);
      length *= GROWTH;
      new LogWalk(task, parts.requests().reads, topicId, READ_BYTES, this).from(low);
    }

    @Override
    public boolean visit(ByteBuffer batches, int at, int size) {
      long base = BatchHeader.baseOffset(batches, at);
      if (base >= high) {
        return false;
      }
      if (!BatchHeader.control(batches, at)
          && producers.contains(BatchHeader.producerId(batches, at))) {
        own(batches, at, base);
      }
      return BatchHeader.nextOffset(batches, at) < high;
    }

    private void own(ByteBuffer batches, int at, long base) {
      long next = BatchHeader.nextOffset(batches, at);
      int behind = Sequences.plus(BatchHeader.baseSequence(batches, at), next - base);
      if (isAfterPoint(batches, at, behind)) {
        afterPoint += next - base;
      } else {
        last =
            new RecordId(
                next - 1,
                BatchHeader.producerId(batches, at),
                BatchHeader.producerEpoch(batches, at),
                Sequences.plus(behind, -1));
      }
    }

    private boolean isAfterPoint(ByteBuffer batches, int at, int behind) {
      for (SequenceRange range : expected) {
        if (BatchHeader.producerId(batches, at) == range.producerId()
            && BatchHeader.producerEpoch(batches, at) == range.epoch()
            && Sequences.distance(range.sequence(), behind) > 0) {
          return true;
        }
      }
      return false;
    }

    @Override
    public void atEnd(Runnable retry) {
      done();
    }

    @Override
    public void outOfRange() {
      task.restart("the log of %s no longer has the offset to be read".formatted(task.target()));
    }

    @Override
    public void done() {
      back();
    }
  }
}
