package dev.twinlog.internal.kafka.wire.write;

import java.util.ArrayList;
import java.util.List;

/** The records {@code [from, to)} of a write, by their index in its batch. */
record WriteSlice(PendingWrite write, int from, int to) {
  static WriteSlice all(PendingWrite write) {
    return new WriteSlice(write, 0, write.records());
  }

  int size() {
    return to - from;
  }

  /** Of shares that follow each other, the records {@code [from, to)} of them together. */
  static List<WriteSlice> slice(List<WriteSlice> shares, int from, int to) {
    if (shares.size() == 1) {
      WriteSlice only = shares.get(0);
      return List.of(new WriteSlice(only.write(), only.from() + from, only.from() + to));
    }
    List<WriteSlice> slice = new ArrayList<>();
    int begin = 0;
    for (WriteSlice share : shares) {
      int first = Math.max(from, begin);
      int last = Math.min(to, begin + share.size());
      if (first < last) {
        slice.add(
            new WriteSlice(
                share.write(), share.from() + first - begin, share.from() + last - begin));
      }
      begin += share.size();
    }
    return slice;
  }

  static int records(List<WriteSlice> shares) {
    int records = 0;
    for (WriteSlice share : shares) {
      records += share.size();
    }
    return records;
  }
}
