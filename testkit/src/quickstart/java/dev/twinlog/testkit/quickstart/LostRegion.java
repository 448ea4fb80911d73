package dev.twinlog.testkit.quickstart;

import dev.twinlog.GroupSync;
import dev.twinlog.testkit.drill.DrillReport;
import dev.twinlog.testkit.drill.FailoverDrill;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The last scene of the quick start: a region is lost under load, consumers continue in the other
 * one, and all go home again. Runs once, on one thread.
 */
final class LostRegion {
  private static final int RECORDS = 10_000;
  private static final int PER_SECOND = 4_000;

  private final Screen screen;
  private final Stopwatch stopwatch = new Stopwatch();

  LostRegion(Screen screen) {
    this.screen = screen;
  }

  /**
   * Plays it between two clusters of its own, and closes them.
   *
   * @return whether each record is accounted for
   */
  boolean play() throws InterruptedException {
    screen.print(
        List.of("", "And if the region is lost? Two new clusters, and the same under load:", ""));
    DrillReport report;
    try (FailoverDrill drill = drill()) {
      report = drill.run();
    }
    List<String> lines = new ArrayList<>();
    lines.add("");
    lines.addAll(report.toString().lines().toList());
    screen.print(lines);
    return report.passed();
  }

  /** Builds the drill: a service can run the same in its own tests. */
  private FailoverDrill drill() {
    return FailoverDrill.embedded()
        .link("us-east-to-eu-west")
        .topic("orders", 6)
        .group("billing")
        .records(RECORDS)
        .recordsPerSecond(PER_SECOND)
        .settings(link -> link.groupSync(GroupSync.defaults().interval(Duration.ofSeconds(1))))
        .onProgress(this::say);
  }

  private void say(String text) {
    screen.print(View.said(stopwatch.elapsed(), text.lines().findFirst().orElse("")));
  }
}
