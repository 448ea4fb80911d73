package dev.twinlog.internal.kafka.wire.ledger;

import dev.twinlog.internal.batch.BatchHeader;
import dev.twinlog.internal.kafka.wire.ledger.LedgerState.Landmark;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.apache.kafka.common.Uuid;

/**
 * Looks whether the last record of the progress is still where it was. If something else is there,
 * the target has lost its tail, however far it has been filled up again since. If nothing is there,
 * the record was deleted with the log's beginning, or compacted away: a log that lost its tail has
 * no holes.
 */
final class AnchorStep {
  private static final int READ_BYTES = 128 << 10;

  private final LedgerParts parts;

  AnchorStep(LedgerParts parts) {
    this.parts = parts;
  }

  /**
   * Looks.
   *
   * @param intact is told whether the tail is there
   */
  void run(Job job, Uuid topicId, Landmark anchor, Consumer<Boolean> intact) {
    look(job, topicId, anchor.offset(), (batches, at) -> isAnchor(batches, at, anchor), intact);
  }

  /**
   * Looks whether the log has reached to an offset ever since: what is written behind a lost tail
   * has a later leader epoch.
   *
   * @param end not behind the high watermark
   * @param epoch the leader epoch under which it ended there, or beyond
   * @param intact is told whether it has
   */
  void reaches(Job job, Uuid topicId, long end, int epoch, Consumer<Boolean> intact) {
    look(
        job,
        topicId,
        end - 1,
        (batches, at) -> BatchHeader.leaderEpoch(batches, at) <= epoch,
        intact);
  }

  private void look(Job job, Uuid topicId, long offset, Check check, Consumer<Boolean> intact) {
    Look look = new Look(job, offset, check, intact);
    new LogWalk(job, parts.desks().reads, topicId, READ_BYTES, look).from(offset);
  }

  /** Whether a batch is the one that was there. */
  private interface Check {
    boolean isIntact(ByteBuffer batches, int at);
  }

  private boolean isAnchor(ByteBuffer batches, int at, Landmark anchor) {
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
  void tryToRead(Job job, Uuid topicId, long offset, Runnable then) {
    parts
        .desks()
        .reads
        .ask(
            new LogReads.Read(
                job,
                topicId,
                offset,
                READ_BYTES,
                new LogReads.Reader() {
                  @Override
                  public void read(ByteBuffer records) {
                    job.moved();
                    then.run();
                  }

                  @Override
                  public void outOfRange() {
                    then.run();
                  }
                }));
  }

  private final class Look implements LogWalk.Visitor {
    private final Job job;
    private final long offset;
    private final Check check;
    private final Consumer<Boolean> then;
    private boolean intact;

    Look(Job job, long offset, Check check, Consumer<Boolean> then) {
      this.job = job;
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
      job.again("%s can't be read at offset %d yet".formatted(job.target(), offset), again);
    }

    @Override
    public void outOfRange() {
      parts
          .desks()
          .starts
          .ask(
              job,
              (leader, start) -> {
                if (start > offset) {
                  then.accept(true);
                } else {
                  job.beginAgain("the log of %s has become shorter".formatted(job.target()));
                }
              });
    }

    @Override
    public void done() {
      then.accept(intact);
    }
  }
}
