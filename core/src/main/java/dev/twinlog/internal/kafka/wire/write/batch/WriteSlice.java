package dev.twinlog.internal.kafka.wire.write.batch;

import java.util.ArrayList;
import java.util.List;

/** The records {@code [from, to)} of a write, by their index in its batch. */
public record WriteSlice(PendingWrite write, int from, int to) {
  static WriteSlice all(PendingWrite write) {
    return new WriteSlice(write, 0, write.records());
  }

  public int size() {
    return to - from;
  }

  /** Returns the records {@code [from, to)} of consecutive slices. */
  static List<WriteSlice> slice(List<WriteSlice> slices, int from, int to) {
    if (slices.size() == 1) {
      WriteSlice only = slices.get(0);
      return List.of(new WriteSlice(only.write(), only.from() + from, only.from() + to));
    }
    List<WriteSlice> result = new ArrayList<>();
    int begin = 0;
    for (WriteSlice slice : slices) {
      int first = Math.max(from, begin);
      int last = Math.min(to, begin + slice.size());
      if (first < last) {
        result.add(
            new WriteSlice(
                slice.write(), slice.from() + first - begin, slice.from() + last - begin));
      }
      begin += slice.size();
    }
    return result;
  }

  static int records(List<WriteSlice> slices) {
    int records = 0;
    for (WriteSlice slice : slices) {
      records += slice.size();
    }
    return records;
  }
}
