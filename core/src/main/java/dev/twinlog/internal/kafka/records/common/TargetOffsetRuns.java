package dev.twinlog.internal.kafka.records.common;

import dev.twinlog.spi.OffsetRun;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.WriteAck;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;

/**
 * Collects the target offsets of one write as runs.
 *
 * <p>A producer's acknowledgements for one partition mostly come in order, but need not: a batch
 * that was appended and answered with NOT_ENOUGH_REPLICAS_AFTER_APPEND is acknowledged by its
 * resend, after the batch behind it. Records are appended in the order they were sent nevertheless
 * (by their sequence numbers), so the sorted target offsets belong to the records in their order.
 *
 * <p>Confined to the producer's I/O thread.
 */
public final class TargetOffsetRuns {
  private final List<long[]> runs = new ArrayList<>(1);
  private boolean complete = true;

  /** Adds the target offset of a record; −1 if the broker no longer knows it. */
  public void add(long targetOffset) {
    if (targetOffset < 0) {
      complete = false;
      return;
    }
    if (!runs.isEmpty()) {
      long[] last = runs.get(runs.size() - 1);
      if (last[0] + last[1] == targetOffset) {
        last[1]++;
        return;
      }
    }
    runs.add(new long[] {targetOffset, 1});
  }

  /** Returns the offset behind the last record; empty if it is not known, or there is none. */
  public OptionalLong next() {
    return complete ? runs.stream().mapToLong(run -> run[0] + run[1]).max() : OptionalLong.empty();
  }

  /** Returns the least offset; empty if it is not known, or there is none. */
  public OptionalLong first() {
    return complete ? runs.stream().mapToLong(run -> run[0]).min() : OptionalLong.empty();
  }

  /** Returns the acknowledgement of all these records. */
  public WriteAck toAck(List<ReplicationRecord> records) {
    if (!complete) {
      return WriteAck.withoutOffsets();
    }
    runs.sort(Comparator.comparingLong(run -> run[0]));
    assert Arrays.stream(runs.toArray(long[][]::new)).mapToLong(run -> run[1]).sum()
            == records.size()
        : "every record has one target offset";
    List<OffsetRun> result = new ArrayList<>(runs.size());
    int index = 0;
    long sourceFirst = -1;
    long targetFirst = -1;
    long count = 0;
    for (long[] run : runs) {
      for (long target = run[0]; target < run[0] + run[1]; target++) {
        long source = records.get(index++).offset();
        if (count > 0 && source == sourceFirst + count && target == targetFirst + count) {
          count++;
          continue;
        }
        if (count > 0) {
          result.add(new OffsetRun(sourceFirst, targetFirst, count));
        }
        sourceFirst = source;
        targetFirst = target;
        count = 1;
      }
    }
    if (count > 0) {
      result.add(new OffsetRun(sourceFirst, targetFirst, count));
    }
    return WriteAck.of(result);
  }
}
