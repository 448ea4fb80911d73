package dev.twinlog.testkit.soak;

import dev.twinlog.kafka.DataPath;
import java.util.Locale;

/** Whom a path promises that each record is there once. */
enum SoakIsolation {
  /** All readers, those of uncommitted records too. */
  READ_UNCOMMITTED,
  /** Readers of committed records. */
  READ_COMMITTED;

  static SoakIsolation of(DataPath path) {
    return path == DataPath.RECORDS ? READ_COMMITTED : READ_UNCOMMITTED;
  }

  /** As in a consumer's settings. */
  String level() {
    return name().toLowerCase(Locale.ROOT);
  }
}
