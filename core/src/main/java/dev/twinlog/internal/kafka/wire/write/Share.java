package dev.twinlog.internal.kafka.wire.write;

import java.util.ArrayList;
import java.util.List;

/** The records {@code [from, to)} of a write, by their index in its batch. */
record Share(PendingWrite write, int from, int to) {
  static Share all(PendingWrite write) {
    return new Share(write, 0, write.records());
  }

  int size() {
    return to - from;
  }

  /** Of shares that follow each other, the records {@code [from, to)} of them together. */
  static List<Share> slice(List<Share> shares, int from, int to) {
    if (shares.size() == 1) {
      Share only = shares.get(0);
      return List.of(new Share(only.write(), only.from() + from, only.from() + to));
    }
    List<Share> slice = new ArrayList<>();
    int begin = 0;
    for (Share share : shares) {
      int first = Math.max(from, begin);
      int last = Math.min(to, begin + share.size());
      if (first < last) {
        slice.add(
            new Share(share.write(), share.from() + first - begin, share.from() + last - begin));
      }
      begin += share.size();
    }
    return slice;
  }

  static int records(List<Share> shares) {
    int records = 0;
    for (Share share : shares) {
      records += share.size();
    }
    return records;
  }
}
