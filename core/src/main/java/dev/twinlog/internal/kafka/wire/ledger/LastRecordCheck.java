package dev.twinlog.internal.kafka.wire.ledger;

import dev.twinlog.internal.batch.BatchHeader;
import dev.twinlog.internal.kafka.wire.ledger.request.LogReads;
import dev.twinlog.internal.kafka.wire.ledger.request.LogWalk;
import dev.twinlog.internal.kafka.wire.ledger.request.RecoveryTask;
import dev.twinlog.internal.kafka.wire.ledger.rules.LedgerState.RecordId;
import dev.twinlog.internal.kafka.wire.ledger.rules.Sequences;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.apache.kafka.common.Uuid;

/**
 * Checks whether the last record of the progress is still at its offset. If another record is
 * there, the target has lost its tail, even if its log is longer again. If none is there, retention
 * or compaction removed the record: a log that lost its tail has no holes.
 */
final class LastRecordCheck {
  private static final int READ_BYTES = 128 << 10;

  private final LedgerParts parts;

  LastRecordCheck(LedgerParts parts) {
    this.parts = parts;
  }

  /**
   * Checks the record.
   *
   * @param intact receives whether the tail is still there
   */
  void run(RecoveryTask task, Uuid topicId, RecordId anchor, Consumer<Boolean> intact) {
    look(task, topicId, anchor.offset(), (batches, at) -> isAnchor(batches, at, anchor), intact);
  }

  /**
   * Checks whether the log has always reached to an offset since: records that were written after a
   * lost tail have a later leader epoch.
   *
   * @param end at most the high watermark
   * @param epoch the leader epoch under which the log reached there
   * @param intact receives whether it has
   */
  void reaches(RecoveryTask task, Uuid topicId, long end, int epoch, Consumer<Boolean> intact) {
    look(
        task,
        topicId,
        end - 1,
        (batches, at) -> BatchHeader.leaderEpoch(batches, at) <= epoch,
        intact);
  }

  private void look(
      RecoveryTask task, Uuid topicId, long offset, Check check, Consumer<Boolean> intact) {
    Look look = new Look(task, offset, check, intact);
    new LogWalk(task, parts.requests().reads, topicId, READ_BYTES, look).from(offset);
  }

  /** Decides whether a batch is the expected one. */
  private interface Check {
    boolean isIntact(ByteBuffer batches, int at);
  }

  private boolean isAnchor(ByteBuffer batches, int at, RecordId anchor) {
    if (BatchHeader.control(batches, at)) {
      return false;
    }
    long before = anchor.offset() - BatchHeader.baseOffset(batches, at);
    return parts
        .rules()
        .isAnchor(
            BatchHeader.producerId(batches, at),
            BatchHeader.producerEpoch(batches, at),
            Sequences.plus(BatchHeader.baseSequence(batches, at), before),
            anchor.producerId(),
            anchor.epoch(),
            anchor.sequence());
  }

  /** Reads at an offset and ignores the result, to find out whether reading is permitted. */
  void tryToRead(RecoveryTask task, Uuid topicId, long offset, Runnable then) {
    parts
        .requests()
        .reads
        .submit(
            new LogReads.Read(
                task,
                topicId,
                offset,
                READ_BYTES,
                new LogReads.Reader() {
                  @Override
                  public void read(ByteBuffer records) {
                    task.progressed();
                    then.run();
                  }

                  @Override
                  public void outOfRange() {
                    then.run();
                  }
                }));
  }

  private final class Look implements LogWalk.Visitor {
    private final RecoveryTask task;
    private final long offset;
    private final Check check;
    private final Consumer<Boolean> then;
    private boolean intact;

    Look(RecoveryTask task, long offset, Check check, Consumer<Boolean> then) {
      this.task = task;
      this.offset = offset;
      this.check = check;
      this.then = then;
    }

    @Override
    public boolean visit(ByteBuffer batches, int at, int size) {
      boolean hole = BatchHeader.baseOffset(batches, at) > offset;
      intact = hole || check.isIntact(batches, at);
      return false;
    }

    /** The leader doesn't have the offset yet: retries. */
    @Override
    public void atEnd(Runnable retry) {
      task.retry("%s can't be read at offset %d yet".formatted(task.target(), offset), retry);
    }

    @Override
    public void outOfRange() {
      parts
          .requests()
          .starts
          .submit(
              task,
              (leader, start) -> {
                if (start > offset) {
                  then.accept(true);
                } else {
                  task.restart("the log of %s has become shorter".formatted(task.target()));
                }
              });
    }

    @Override
    public void done() {
      then.accept(intact);
    }
  }
}
