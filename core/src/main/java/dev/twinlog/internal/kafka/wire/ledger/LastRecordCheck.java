package dev.twinlog.internal.kafka.wire.ledger;

import dev.twinlog.internal.batch.BatchHeader;
import dev.twinlog.internal.kafka.wire.ledger.LedgerState.RecordId;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.apache.kafka.common.Uuid;

/**
 * Looks whether the last record of the progress is still where it was. If something else is there,
 * the target has lost its tail, however far it has been filled up again since. If nothing is there,
 * the record was deleted with the log's beginning, or compacted away: a log that lost its tail has
 * no holes.
 */
final class LastRecordCheck {
  private static final int READ_BYTES = 128 << 10;

  private final LedgerParts parts;

  LastRecordCheck(LedgerParts parts) {
    this.parts = parts;
  }

  /**
   * Looks.
   *
   * @param intact is told whether the tail is there
   */
  void run(RecoveryTask task, Uuid topicId, RecordId anchor, Consumer<Boolean> intact) {
    look(task, topicId, anchor.offset(), (batches, at) -> isAnchor(batches, at, anchor), intact);
  }

  /**
   * Looks whether the log has reached to an offset ever since: what is written behind a lost tail
   * has a later leader epoch.
   *
   * @param end not behind the high watermark
   * @param epoch the leader epoch under which it ended there, or beyond
   * @param intact is told whether it has
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

  /** Whether a batch is the one that was there. */
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

  /** Reads what may be there, and does nothing with it. */
  void tryToRead(RecoveryTask task, Uuid topicId, long offset, Runnable then) {
    parts
        .requests()
        .reads
        .ask(
            new LogReads.Read(
                task,
                topicId,
                offset,
                READ_BYTES,
                new LogReads.Reader() {
                  @Override
                  public void read(ByteBuffer records) {
                    task.moved();
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

    /** The leader is behind: it will get there. */
    @Override
    public void atEnd(Runnable again) {
      task.again("%s can't be read at offset %d yet".formatted(task.target(), offset), again);
    }

    @Override
    public void outOfRange() {
      parts
          .requests()
          .starts
          .ask(
              task,
              (leader, start) -> {
                if (start > offset) {
                  then.accept(true);
                } else {
                  task.beginAgain("the log of %s has become shorter".formatted(task.target()));
                }
              });
    }

    @Override
    public void done() {
      then.accept(intact);
    }
  }
}
