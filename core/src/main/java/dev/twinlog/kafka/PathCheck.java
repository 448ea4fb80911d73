package dev.twinlog.kafka;

import dev.twinlog.internal.kafka.wire.BatchPath;
import java.util.ArrayList;
import java.util.List;

/** Which paths this version offers. */
final class PathCheck {
  private PathCheck() {}

  static List<String> sourceProblems(DataPath path, Isolation isolation) {
    List<String> problems = new ArrayList<>();
    if (path == DataPath.BATCHES) {
      BatchPath.problem()
          .ifPresent(why -> problems.add("path was BATCHES, which can't be used: " + why));
      if (isolation == Isolation.READ_UNCOMMITTED) {
        problems.add(
            "path was BATCHES, which copies committed records only: use RECORDS for READ_UNCOMMITTED");
      }
    }
    return problems;
  }

  static List<String> sinkProblems(DataPath path) {
    return path == DataPath.BATCHES
        ? List.of("path was BATCHES, which is not in this version: use AUTO or RECORDS")
        : List.of();
  }
}
