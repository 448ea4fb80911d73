package dev.twinlog.testkit.quickstart;

import dev.twinlog.testkit.MirrorReport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The result of a run of the quick start.
 *
 * @param report how exact the copy is
 * @param group what has become of the consumer group that moved
 * @param caughtUp how many records were copied before the copy had caught up
 * @param caughtUpIn how long that took
 * @param bytesPerRecord the mean size of a record
 * @param loadPerSecond how many records per second were written meanwhile
 * @param latencies those of the steady load
 */
record Summary(
    MirrorReport report,
    MovingGroup.Result group,
    long caughtUp,
    Duration caughtUpIn,
    double bytesPerRecord,
    int loadPerSecond,
    LatencyHistogram latencies) {

  /** The lines to print. */
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add("");
    lines.add(
        format("  copied        %,11d of %,d records", report.copied(), report.sourceRecords()));
    lines.add(format("  lost          %,11d", report.lost()));
    lines.add(format("  duplicated    %,11d", report.duplicated()));
    lines.add(format("  out of order  %,11d", report.outOfOrder()));
    lines.add(format("  altered       %,11d", report.altered()));
    lines.add(format("  unexpected    %,11d", report.unexpected()));
    lines.add("");
    lines.add(
        format(
            "  group         %,d records read in the source, %,d in the target",
            group.inSource(), group.inTarget()));
    lines.add(format("  read twice    %,11d", group.twice()));
    lines.add(format("  skipped       %,11d", group.skipped()));
    lines.add("");
    double seconds = Math.max(0.001, caughtUpIn.toMillis() / 1000.0);
    lines.addAll(
        View.wrapped(
            "  throughput    ",
            format(
                "%,.0f records/s, %,.1f MB/s: %,d records in %.1f s to catch up, while %,d/s came in",
                caughtUp / seconds,
                caughtUp * bytesPerRecord / seconds / 1e6,
                caughtUp,
                seconds,
                loadPerSecond)));
    lines.addAll(View.wrapped("  latency       ", latency()));
    lines.add("");
    for (String example : report.examples()) {
      lines.addAll(View.wrapped("  ! ", example));
    }
    lines.addAll(View.wrapped("", verdict()));
    lines.addAll(View.wrapped("", verdictOnGroup()));
    return lines;
  }

  private String latency() {
    if (latencies.count() == 0) {
      return "not measured: nothing was copied while the load was steady";
    }
    return format(
        "p50 %s, p99 %s from a record's creation at the source to its acknowledgement by the"
            + " target, over %,d records of the steady load (each batch by its newest record)",
        View.millis(latencies.percentile(0.5)),
        View.millis(latencies.percentile(0.99)),
        latencies.count());
  }

  private String verdict() {
    return report.isExact()
        ? "The copy is exact: keys, values, headers, timestamps and order."
        : "THE COPY IS NOT EXACT.";
  }

  private String verdictOnGroup() {
    return group.isExact()
        ? "The group that moved has read each record of its topic once."
        : "THE GROUP THAT MOVED DID NOT CONTINUE AT THE NEXT RECORD.";
  }

  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
