package dev.twinlog.internal.kafka.wire.write;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The batches of one session that have not been delivered, in the order of their sequences.
 * InFlightBatches that take the place of another one take its sequences, too.
 */
final class InFlightBatches {
  private final Deque<ProduceBatch> all = new ArrayDeque<>();
  private int nextSequence;
  private long lastOrdinal;
  private boolean refuses;

  /** Sequences go up to 2^31 − 1, and on at 0. */
  static int after(int sequence, int records) {
    return (sequence + records) & Integer.MAX_VALUE;
  }

  void add(ProduceBatch batch) {
    refuses |= batch.refusal() != null;
    batch.number(nextSequence, ++lastOrdinal);
    nextSequence = after(nextSequence, batch.records());
    all.add(batch);
  }

  void replace(ProduceBatch batch, List<ProduceBatch> by) {
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

  /** Whether there is a refusal among them: nothing is to be added any more. */
  boolean refuses() {
    return refuses;
  }

  /** The number of the last one that was added. */
  long lastOrdinal() {
    return lastOrdinal;
  }

  @Nullable ProduceBatch head() {
    return all.peek();
  }

  void removeHead() {
    all.remove();
  }

  void clear() {
    all.clear();
  }

  List<ProduceBatch> toList() {
    return List.copyOf(all);
  }

  /** The first one that is to be sent; none if a refusal lies before it. */
  @Nullable ProduceBatch firstUnsent() {
    for (ProduceBatch batch : all) {
      if (batch.state() == ProduceBatch.State.WAITING) {
        return batch.refusal() == null ? batch : null;
      }
    }
    return null;
  }

  /** The least timestamp of those that the broker may have appended; the greatest long if none. */
  long oldestThere() {
    long oldest = Long.MAX_VALUE;
    for (ProduceBatch batch : all) {
      if (batch.mayBeThere()) {
        oldest = Math.min(oldest, batch.maxTimestamp());
      }
    }
    return oldest;
  }

  /** The first one that the target may hold although it has no answer and will get none. */
  @Nullable ProduceBatch firstInDoubt() {
    for (ProduceBatch batch : all) {
      if (batch.isDoubtful() && batch.state() == ProduceBatch.State.WAITING) {
        return batch;
      }
    }
    return null;
  }

  /** Whether everything before it has landed. */
  boolean isNext(ProduceBatch batch) {
    for (ProduceBatch earlier : all) {
      if (earlier == batch) {
        return true;
      }
      if (earlier.state() != ProduceBatch.State.LANDED) {
        return false;
      }
    }
    return false;
  }

  /** The first one before it that the target certainly does not hold. */
  @Nullable ProduceBatch absentBefore(ProduceBatch batch) {
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
