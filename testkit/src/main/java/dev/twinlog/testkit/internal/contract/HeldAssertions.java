package dev.twinlog.testkit.internal.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.twinlog.spi.OffsetRun;
import dev.twinlog.spi.RecordFingerprint;
import dev.twinlog.spi.Recovery;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.TargetRun;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Assertions on the already written records that a recovery reports, for each kind of recovery. */
public final class HeldAssertions {
  private HeldAssertions() {}

  /**
   * Checks that exactly these {@link SampleRecords} are reported as already written.
   *
   * @param from the first source offset beyond the progress
   * @param to the source offset after the last one that is already written
   * @param acknowledged the offsets that the writes acknowledged
   */
  public static void assertHeld(
      @Nullable Recovery recovery, int from, int to, List<OffsetRun> acknowledged) {
    if (recovery instanceof Recovery.ResumeAt resume) {
      assertEquals(to, resume.sourceOffset(), "where to resume");
    } else if (recovery instanceof Recovery.SkipRecords skip) {
      assertEquals(to - from, skip.count(), "records to skip");
      List<String> held = WriterProbe.pairs(skip.held());
      assertEquals(to - from, held.size(), "records in the reported runs");
      assertEquals(WriterProbe.pairs(acknowledged), held, "where they are");
    } else if (recovery instanceof Recovery.SkipMatching skip) {
      assertEquals(to - from, skip.count(), "records to skip");
      assertEquals(targets(acknowledged), offsets(skip.held()), "where they are");
      assertPrints(skip.lastFingerprints(), from, to);
    } else {
      fail("unexpected recovery: " + recovery);
    }
  }

  private static void assertPrints(List<Long> prints, int from, int to) {
    if (to == from) {
      assertEquals(List.of(), prints, "prints");
      return;
    }
    assertTrue(
        !prints.isEmpty() && prints.size() <= to - from,
        () -> prints.size() + " prints of " + (to - from) + " records");
    List<Long> expected = new ArrayList<>();
    for (ReplicationRecord record : SampleRecords.records(to - prints.size(), to)) {
      expected.add(RecordFingerprint.of(record));
    }
    assertEquals(expected, prints, "prints of the last records");
  }

  private static List<Long> targets(List<OffsetRun> runs) {
    return offsets(
        runs.stream().map(run -> new TargetRun(run.targetFirst(), run.count())).toList());
  }

  private static List<Long> offsets(List<TargetRun> runs) {
    List<Long> offsets = new ArrayList<>();
    for (TargetRun run : runs) {
      for (long offset = run.first(); offset < run.next(); offset++) {
        offsets.add(offset);
      }
    }
    return offsets;
  }
}
