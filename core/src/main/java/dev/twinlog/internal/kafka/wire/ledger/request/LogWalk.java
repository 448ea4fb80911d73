package dev.twinlog.internal.kafka.wire.ledger.request;

import dev.twinlog.internal.batch.BatchHeader;
import dev.twinlog.internal.batch.BatchSplitter;
import dev.twinlog.spi.PartitionFailedException;
import java.nio.ByteBuffer;
import org.apache.kafka.common.Uuid;

/**
 * Reads a partition batch by batch, forward from an offset, until the visitor stops it. Confined to
 * the ledger's thread.
 */
public final class LogWalk implements LogReads.Reader {

  /** Receives the batches, which are valid until {@link #pause}. */
  public interface Visitor {
    /**
     * The next batch, in message format v2, which ends after the offset at which the walk began.
     *
     * @return whether to continue
     */
    boolean visit(ByteBuffer batches, int at, int size);

    /** The batches of the last calls become invalid after this call. */
    default void pause(ByteBuffer batches) {}

    /** The walk has reached the high watermark; {@code retry} continues it. */
    void atEnd(Runnable retry);

    /** The log has no such offset: it starts after it, or ends before it. */
    void outOfRange();

    /** Called after {@link #visit} returned false. */
    void done();
  }

  private final RecoveryTask task;
  private final LogReads reads;
  private final Uuid topicId;
  private final int mostBytes;
  private final Visitor visitor;
  private final BatchSplitter cutter = new BatchSplitter();
  private long position;

  public LogWalk(RecoveryTask task, LogReads reads, Uuid topicId, int mostBytes, Visitor visitor) {
    this.task = task;
    this.reads = reads;
    this.topicId = topicId;
    this.mostBytes = mostBytes;
    this.visitor = visitor;
  }

  public void from(long offset) {
    position = offset;
    next();
  }

  private void next() {
    reads.submit(new LogReads.Read(task, topicId, position, mostBytes, this));
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
            "target %s holds records in message format v%d at offset %d, which contain no producer id: set its message format to v2, and copy into another topic"
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
      task.progressed();
      visitor.done();
    } else if (position > before) {
      task.progressed();
      next();
    } else {
      task.retry("a batch of %s was incomplete".formatted(task.target()), this::next);
    }
  }

  @Override
  public void outOfRange() {
    visitor.outOfRange();
  }
}
