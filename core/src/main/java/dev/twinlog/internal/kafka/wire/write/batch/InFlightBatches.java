package dev.twinlog.internal.kafka.wire.write.batch;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The batches of one session that are not delivered yet, in the order of their sequences. Batches
 * that replace another one take over its sequences.
 */
public final class InFlightBatches {
  private final Deque<ProduceBatch> all = new ArrayDeque<>();
  private int nextSequence;
  private long lastOrdinal;
  private boolean refuses;

  /** Returns the sequence so many records later; after 2^31 − 1 it continues at 0. */
  public static int after(int sequence, int records) {
    return (sequence + records) & Integer.MAX_VALUE;
  }

  public void add(ProduceBatch batch) {
    refuses |= batch.refusal() != null;
    batch.number(nextSequence, ++lastOrdinal);
    nextSequence = after(nextSequence, batch.records());
    all.add(batch);
  }

  public void replace(ProduceBatch batch, List<ProduceBatch> by) {
    List<ProduceBatch> before = List.copyOf(all);
    all.clear();
    for (ProduceBatch old : before) {
      if (old != batch) {
        all.add(old);
        continue;
      }
      int sequence = batch.sequence();
      for (ProduceBatch part : by) {
        refuses |= part.refusal() != null;
        part.number(sequence, batch.ordinal());
        sequence = after(sequence, part.records());
        if (batch.isDoubtful()) {
          part.doubted();
        }
        part.refused();
        all.add(part);
      }
    }
  }

  /** Whether one of them is a refusal; nothing may be added then. */
  public boolean refuses() {
    return refuses;
  }

  /** Returns the number of the batch that was added last. */
  public long lastOrdinal() {
    return lastOrdinal;
  }

  public @Nullable ProduceBatch head() {
    return all.peek();
  }

  public void removeHead() {
    all.remove();
  }

  public void clear() {
    all.clear();
  }

  public List<ProduceBatch> toList() {
    return List.copyOf(all);
  }

  /** Returns the first batch that is not in flight or appended; null if a refusal comes first. */
  public @Nullable ProduceBatch firstUnsent() {
    for (ProduceBatch batch : all) {
      if (batch.state() == ProduceBatch.State.WAITING) {
        return batch.refusal() == null ? batch : null;
      }
    }
    return null;
  }

  /**
   * Returns the least timestamp of the batches that the broker may have appended; {@link
   * Long#MAX_VALUE} if none.
   */
  public long oldestPossiblyAppended() {
    long oldest = Long.MAX_VALUE;
    for (ProduceBatch batch : all) {
      if (batch.mayBeAppended()) {
        oldest = Math.min(oldest, batch.maxTimestamp());
      }
    }
    return oldest;
  }

  /** Returns the first batch that was sent, lost its answer, and may be in the target. */
  public @Nullable ProduceBatch firstInDoubt() {
    for (ProduceBatch batch : all) {
      if (batch.isDoubtful() && batch.state() == ProduceBatch.State.WAITING) {
        return batch;
      }
    }
    return null;
  }

  /** Whether everything before it was appended. */
  public boolean isNext(ProduceBatch batch) {
    for (ProduceBatch earlier : all) {
      if (earlier == batch) {
        return true;
      }
      if (earlier.state() != ProduceBatch.State.APPENDED) {
        return false;
      }
    }
    return false;
  }

  /** Returns the first batch before it that the target certainly does not have. */
  public @Nullable ProduceBatch absentBefore(ProduceBatch batch) {
    for (ProduceBatch earlier : all) {
      if (earlier == batch) {
        return null;
      }
      if (earlier.isSurelyAbsent()) {
        return earlier;
      }
    }
    return null;
  }
}
