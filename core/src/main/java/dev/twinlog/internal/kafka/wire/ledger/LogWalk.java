package dev.twinlog.internal.kafka.wire.ledger;

import dev.twinlog.internal.batch.BatchHeader;
import dev.twinlog.internal.batch.BatchSplitter;
import dev.twinlog.spi.PartitionFailedException;
import java.nio.ByteBuffer;
import org.apache.kafka.common.Uuid;

/**
 * Reads a partition batch by batch, forward from an offset, until the visitor has seen enough.
 * Confined to the ledger's thread.
 */
final class LogWalk implements LogReads.Reader {

  /** Sees the batches; those of a call are valid during the call. */
  interface Visitor {
    /**
     * The next batch, in message format v2, which ends behind where the walk began.
     *
     * @return whether to go on
     */
    boolean visit(ByteBuffer batches, int at, int size);

    /** What was read so far is about to be given back. */
    default void pause(ByteBuffer batches) {}

    /** The walk has come to the high watermark; {@code again} looks whether there is more. */
    void atEnd(Runnable again);

    /** There is nothing where the walk was to begin, nor before it. */
    void outOfRange();

    /** After {@link #visit} said so. */
    void done();
  }

  private final RecoveryTask task;
  private final LogReads reads;
  private final Uuid topicId;
  private final int mostBytes;
  private final Visitor visitor;
  private final BatchSplitter cutter = new BatchSplitter();
  private long position;

  LogWalk(RecoveryTask task, LogReads reads, Uuid topicId, int mostBytes, Visitor visitor) {
    this.task = task;
    this.reads = reads;
    this.topicId = topicId;
    this.mostBytes = mostBytes;
    this.visitor = visitor;
  }

  void from(long offset) {
    position = offset;
    next();
  }

  private void next() {
    reads.ask(new LogReads.Read(task, topicId, position, mostBytes, this));
  }

  @Override
  public void read(ByteBuffer records) {
    if (!records.hasRemaining()) {
      visitor.atEnd(this::next);
      return;
    }
    long before = position;
    boolean more = true;
    cutter.over(records);
    while (more && cutter.next()) {
      if (cutter.magic() != 2) {
        throw new PartitionFailedException(
            "target %s holds records in message format v%d at offset %d, which say nothing of their producer: set its message format to the present one, and copy into another topic"
                .formatted(
                    task.target(),
                    cutter.magic(),
                    BatchHeader.baseOffset(records, cutter.position())));
      }
      long behind = BatchHeader.nextOffset(records, cutter.position());
      if (behind > position) {
        position = behind;
        more = visitor.visit(records, cutter.position(), cutter.size());
      }
    }
    visitor.pause(records);
    if (!more) {
      task.moved();
      visitor.done();
    } else if (position > before) {
      task.moved();
      next();
    } else {
      task.again("a batch of %s was cut off".formatted(task.target()), this::next);
    }
  }

  @Override
  public void outOfRange() {
    visitor.outOfRange();
  }
}
