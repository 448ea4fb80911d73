package dev.twinlog.internal.kafka.wire.ledger;

import dev.twinlog.internal.batch.BatchHeader;
import dev.twinlog.internal.kafka.wire.ledger.LedgerState.RecordId;
import dev.twinlog.internal.kafka.wire.ledger.LedgerState.SequenceRange;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * Finds the last record of a route that a target still holds which has lost its tail: looks back
 * from the end, in stretches that become longer. What stands before that record was there before
 * it, so it has survived as well.
 */
final class TruncationSearch {
  private static final int READ_BYTES = 1 << 20;
  private static final long FIRST_STRETCH = 1_000;
  private static final int GROWTH = 8;

  private final LedgerParts parts;

  TruncationSearch(LedgerParts parts) {
    this.parts = parts;
  }

  /** Is told what was found. */
  interface ResponseHandler {
    /**
     * That is all.
     *
     * @param last the last record that survived; none if nothing of the route is left
     * @param behind how many records from behind the cut have landed although those before it are
     *     missing
     */
    void found(Optional<RecordId> last, long behind);
  }

  /**
   * Looks back.
   *
   * @param cut what should be there
   * @param end where to look back from
   */
  void run(RecoveryTask task, Uuid topicId, RecoveryPoint point, long end, ResponseHandler then) {
    parts
        .requests()
        .starts
        .ask(task, (leader, start) -> new Search(task, topicId, point, end, start, then).back());
  }

  private final class Search implements LogWalk.Visitor {
    private final RecoveryTask task;
    private final Uuid topicId;
    private final RecoveryPoint point;
    private final Set<Long> producers = new HashSet<>();
    private final List<SequenceRange> expected;
    private final long logStart;
    private final ResponseHandler then;
    private long low;
    private long high;
    private long stretch = FIRST_STRETCH;
    private @Nullable RecordId last;
    private long behindPoint;

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
      producers.add(point.state().producerId());
      point.state().parts().forEach(part -> producers.add(part.producerId()));
      point.state().anchor().ifPresent(anchor -> producers.add(anchor.producerId()));
    }

    /** Reads the stretch before those that were read. */
    void back() {
      if (last != null || low <= logStart) {
        then.found(Optional.ofNullable(last), behindPoint);
        return;
      }
      high = low;
      low = Math.max(logStart, Math.min(high, point.targetNext()) - stretch);
      stretch *= GROWTH;
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
      if (isBehindPoint(batches, at, behind)) {
        behindPoint += next - base;
      } else {
        last =
            new RecordId(
                next - 1,
                BatchHeader.producerId(batches, at),
                BatchHeader.producerEpoch(batches, at),
                Sequences.plus(behind, -1));
      }
    }

    private boolean isBehindPoint(ByteBuffer batches, int at, int behind) {
      for (SequenceRange part : expected) {
        if (BatchHeader.producerId(batches, at) == part.producerId()
            && BatchHeader.producerEpoch(batches, at) == part.epoch()
            && Sequences.distance(part.sequence(), behind) > 0) {
          return true;
        }
      }
      return false;
    }

    @Override
    public void atEnd(Runnable again) {
      done();
    }

    @Override
    public void outOfRange() {
      task.beginAgain("the log of %s has moved on".formatted(task.target()));
    }

    @Override
    public void done() {
      back();
    }
  }
}
