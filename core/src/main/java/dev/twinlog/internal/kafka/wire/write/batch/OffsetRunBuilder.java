package dev.twinlog.internal.kafka.wire.write.batch;

import dev.twinlog.spi.OffsetRun;
import java.util.ArrayList;
import java.util.List;

/** Collects the target offsets of one write, in the order of its records, as runs. */
final class OffsetRunBuilder {
  private final List<OffsetRun> runs = new ArrayList<>(1);

  void add(long source, long target, long count) {
    int last = runs.size() - 1;
    if (last >= 0) {
      OffsetRun run = runs.get(last);
      if (run.sourceNext() == source && run.targetNext() == target) {
        runs.set(last, new OffsetRun(run.sourceFirst(), run.targetFirst(), run.count() + count));
        return;
      }
    }
    runs.add(new OffsetRun(source, target, count));
  }

  List<OffsetRun> toList() {
    return runs;
  }
}
