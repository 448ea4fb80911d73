package dev.twinlog.internal.kafka.wire.ledger.rules;

import dev.twinlog.internal.batch.BatchHeader;
import dev.twinlog.internal.kafka.wire.ledger.rules.LedgerState.SequenceRange;
import java.nio.ByteBuffer;

/**
 * Proves what the target holds with the log's last batch only, the usual case: if the route's last
 * batch is as many offsets after the progress as its sequence says, all between is of the route and
 * need not be read. Confined to the ledger's thread.
 */
public final class TailProof {
  private final SequenceRange session;
  private final long start;
  private long count;
  private long offsets;
  private long covered = -1;
  private long youngest = Long.MIN_VALUE;
  private boolean gap;

  /**
   * Creates a proof without batches.
   *
   * @param session the one open range that is expected
   * @param start the offset after the progress
   */
  public TailProof(SequenceRange session, long start) {
    this.session = session;
    this.start = start;
  }

  /**
   * Adds the next batch of the log's tail.
   *
   * @return the offset of its first record after the start; −1 if it is not of the route
   */
  public long add(ByteBuffer batches, int at) {
    long base = BatchHeader.baseOffset(batches, at);
    long next = BatchHeader.nextOffset(batches, at);
    gap |= covered >= 0 && base > covered;
    covered = next;
    if (next > start
        && !BatchHeader.control(batches, at)
        && BatchHeader.producerId(batches, at) == session.producerId()
        && BatchHeader.producerEpoch(batches, at) == session.epoch()) {
      int behind = Sequences.plus(BatchHeader.baseSequence(batches, at), next - base);
      count = Sequences.distance(session.sequence(), behind);
      offsets = next - start;
      youngest = BatchHeader.maxTimestamp(batches, at);
      gap = false;
      return Math.max(base, start);
    }
    return -1;
  }

  /**
   * How many records the target holds, consecutively from the start on; 0 if that is not proved.
   */
  public long proved(LedgerRules rules, long nowMs, long memoryMs) {
    boolean proved =
        count > 0
            && !gap
            && rules.provesAll(count, offsets, rules.isYoung(youngest, nowMs, memoryMs));
    return proved ? count : 0;
  }
}
