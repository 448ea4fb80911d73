package dev.twinlog.kafka;

import java.util.List;

/** Which paths this version offers. */
final class PathCheck {
  private PathCheck() {}

  static List<String> problems(DataPath path) {
    return path == DataPath.BATCHES
        ? List.of("path was BATCHES, which is not in this version: use AUTO or RECORDS")
        : List.of();
  }
}
