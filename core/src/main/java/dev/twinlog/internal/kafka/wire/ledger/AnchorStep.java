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
    Look look = new Look(job, anchor, intact);
    new LogWalk(job, parts.desks().reads, topicId, READ_BYTES, look).from(anchor.offset());
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
    private final Landmark anchor;
    private final Consumer<Boolean> then;
    private boolean intact;

    Look(Job job, Landmark anchor, Consumer<Boolean> then) {
      this.job = job;
      this.anchor = anchor;
      this.then = then;
    }

    @Override
    public boolean visit(ByteBuffer batches, int at, int size) {
      long base = BatchHeader.baseOffset(batches, at);
      boolean hole = base > anchor.offset();
      intact = hole || (!BatchHeader.control(batches, at) && isAnchor(batches, at, base));
      return false;
    }

    private boolean isAnchor(ByteBuffer batches, int at, long base) {
      int sequence = Sequences.plus(BatchHeader.baseSequence(batches, at), anchor.offset() - base);
      return parts
          .rules()
          .isAnchor(
              BatchHeader.producerId(batches, at),
              BatchHeader.producerEpoch(batches, at),
              sequence,
              anchor.producerId(),
              anchor.epoch(),
              anchor.sequence());
    }

    /** The leader is behind: it will get there. */
    @Override
    public void atEnd(Runnable again) {
      job.again(
          "%s can't be read at offset %d yet".formatted(job.target(), anchor.offset()), again);
    }

    @Override
    public void outOfRange() {
      parts
          .desks()
          .starts
          .ask(
              job,
              (leader, start) -> {
                if (start > anchor.offset()) {
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
