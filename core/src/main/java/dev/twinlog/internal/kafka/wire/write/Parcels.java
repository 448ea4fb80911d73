package dev.twinlog.internal.kafka.wire.write;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The parcels of one session that have not been delivered, in the order of their sequences. Parcels
 * that take the place of another one take its sequences, too.
 */
final class Parcels {
  private final Deque<Parcel> all = new ArrayDeque<>();
  private int nextSequence;
  private long lastOrdinal;
  private boolean refuses;

  /** Sequences go up to 2^31 − 1, and on at 0. */
  static int after(int sequence, int records) {
    return (sequence + records) & Integer.MAX_VALUE;
  }

  void add(Parcel parcel) {
    refuses |= parcel.refusal() != null;
    parcel.number(nextSequence, ++lastOrdinal);
    nextSequence = after(nextSequence, parcel.records());
    all.add(parcel);
  }

  void replace(Parcel parcel, List<Parcel> by) {
    List<Parcel> before = List.copyOf(all);
    all.clear();
    for (Parcel old : before) {
      if (old != parcel) {
        all.add(old);
        continue;
      }
      int sequence = parcel.sequence();
      for (Parcel part : by) {
        refuses |= part.refusal() != null;
        part.number(sequence, parcel.ordinal());
        sequence = after(sequence, part.records());
        if (parcel.isDoubtful()) {
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

  @Nullable Parcel head() {
    return all.peek();
  }

  void removeHead() {
    all.remove();
  }

  void clear() {
    all.clear();
  }

  List<Parcel> toList() {
    return List.copyOf(all);
  }

  /** The first one that is to be sent; none if a refusal lies before it. */
  @Nullable Parcel firstUnsent() {
    for (Parcel parcel : all) {
      if (parcel.state() == Parcel.State.WAITING) {
        return parcel.refusal() == null ? parcel : null;
      }
    }
    return null;
  }

  /** The least timestamp of those that the broker may have appended; the greatest long if none. */
  long oldestThere() {
    long oldest = Long.MAX_VALUE;
    for (Parcel parcel : all) {
      if (parcel.mayBeThere()) {
        oldest = Math.min(oldest, parcel.maxTimestamp());
      }
    }
    return oldest;
  }

  /** The first one that the target may hold although it has no answer and will get none. */
  @Nullable Parcel firstInDoubt() {
    for (Parcel parcel : all) {
      if (parcel.isDoubtful() && parcel.state() == Parcel.State.WAITING) {
        return parcel;
      }
    }
    return null;
  }

  /** Whether everything before it has landed. */
  boolean isNext(Parcel parcel) {
    for (Parcel earlier : all) {
      if (earlier == parcel) {
        return true;
      }
      if (earlier.state() != Parcel.State.LANDED) {
        return false;
      }
    }
    return false;
  }

  /** The first one before it that the target certainly does not hold. */
  @Nullable Parcel absentBefore(Parcel parcel) {
    for (Parcel earlier : all) {
      if (earlier == parcel) {
        return null;
      }
      if (earlier.isSurelyAbsent()) {
        return earlier;
      }
    }
    return null;
  }
}
