package dev.twinlog.testkit.soak;

import dev.twinlog.kafka.DataPath;
import dev.twinlog.testkit.MirrorReport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Formats the results of a kill soak. */
final class Summary {
  private static final int EXAMPLES = 5;

  private final SoakOptions options;
  private final Journal journal;
  private final FinalCheck check;
  private final @Nullable OffsetsCheck offsets;
  private final long repeatedInCompacted;
  private final Duration disturbed;

  Summary(
      SoakOptions options,
      Journal journal,
      FinalCheck check,
      @Nullable OffsetsCheck offsets,
      Watcher watcher,
      Duration disturbed) {
    this.options = options;
    this.journal = journal;
    this.check = check;
    this.offsets = offsets;
    this.repeatedInCompacted = watcher.repeatedInCompacted();
    this.disturbed = disturbed;
  }

  boolean isRight() {
    return check.isRight(options.atLeastOnce())
        && (offsets == null || offsets.wrong() + (mayBeInexact() ? 0 : offsets.inexact()) == 0)
        && journal.findings().isEmpty();
  }

  /** On the record path the target offsets of records found after a crash are unknown. */
  private boolean mayBeInexact() {
    return options.path() == DataPath.RECORDS;
  }

  List<String> lines() {
    MirrorReport complete = check.complete();
    List<String> lines = new ArrayList<>();
    lines.add("");
    row(lines, "path, readers", options.path() + ", " + SoakIsolation.of(options.path()).level());
    row(lines, "seed", options.seed());
    row(lines, "time under faults", disturbed.toSeconds() + " s");
    for (Fault fault : Fault.values()) {
      row(lines, fault.text(), journal.count(fault));
    }
    lines.add("");
    row(lines, "records compared", complete.sourceRecords());
    row(lines, "lost", complete.lost());
    row(lines, "duplicated", complete.duplicated());
    row(lines, "out of order", complete.outOfOrder());
    row(lines, "changed", complete.altered() + complete.unexpected());
    row(lines, "keys of the compacted topic", check.keys());
    row(lines, "with another last record", check.wrongKeys().size());
    row(lines, "repeats in the compacted topic", repeatedInCompacted);
    row(lines, "offsets translated, both directions", offsets == null ? 0 : offsets.checked());
    row(lines, "not exact", offsets == null ? 0 : offsets.inexact());
    row(lines, "wrong", offsets == null ? 0 : offsets.wrong());
    row(lines, "findings on the way", journal.findings().size());
    lines.add("");
    complete.examples().forEach(example -> lines.add("  " + example));
    check.wrongKeys().stream().limit(EXAMPLES).forEach(key -> lines.add("  " + key));
    if (offsets != null) {
      offsets.examples().forEach(example -> lines.add("  " + example));
    }
    lines.add(isRight() ? "All is right." : "Something is WRONG.");
    return lines;
  }

  private static void row(List<String> lines, String name, Object value) {
    lines.add(
        String.format(
            Locale.ROOT, "  %-44s %10s", name, value instanceof Number n ? grouped(n) : value));
  }

  private static String grouped(Number number) {
    return String.format(Locale.ROOT, "%,d", number.longValue());
  }
}
