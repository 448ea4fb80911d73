package dev.twinlog.internal.kafka.wire.ledger;

import dev.twinlog.internal.batch.BatchHeader;
import dev.twinlog.internal.kafka.wire.ledger.LedgerState.SequenceRange;
import java.nio.ByteBuffer;

/**
 * The usual case in one look: the last batch of ours lies as many offsets behind the cut as its
 * sequence says, so all between is ours and nothing need be read. Confined to the ledger's thread.
 */
final class TailProof {
  private final SequenceRange session;
  private final long start;
  private long count;
  private long offsets;
  private long covered = -1;
  private long youngest = Long.MIN_VALUE;
  private boolean gap;

  /**
   * Nothing seen yet.
   *
   * @param session the one open part that is expected
   * @param start the offset behind the cut
   */
  TailProof(SequenceRange session, long start) {
    this.session = session;
    this.start = start;
  }

  /**
   * The next batch of the log's tail.
   *
   * @return the offset from which on it holds records behind the start; −1 if it is not ours
   */
  long add(ByteBuffer batches, int at) {
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

  /** How many records are held, all from the start on; 0 if that is not proved. */
  long proved(LedgerRules rules, long nowMs, long memoryMs) {
    boolean proved =
        count > 0
            && !gap
            && rules.provesAll(count, offsets, rules.isYoung(youngest, nowMs, memoryMs));
    return proved ? count : 0;
  }
}
