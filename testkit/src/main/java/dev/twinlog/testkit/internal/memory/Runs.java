package dev.twinlog.testkit.internal.memory;

import dev.twinlog.spi.OffsetRun;
import java.util.ArrayList;
import java.util.List;

/** Builds offset runs from single records, in the order in which they are added. */
final class Runs {
  private final List<OffsetRun> joined = new ArrayList<>();
  private long sourceFirst;
  private long targetFirst;
  private long count;

  void add(long source, long target) {
    if (count > 0 && source == sourceFirst + count && target == targetFirst + count) {
      count++;
      return;
    }
    close();
    sourceFirst = source;
    targetFirst = target;
    count = 1;
  }

  List<OffsetRun> toList() {
    close();
    return List.copyOf(joined);
  }

  private void close() {
    if (count > 0) {
      joined.add(new OffsetRun(sourceFirst, targetFirst, count));
      count = 0;
    }
  }
}
