package dev.twinlog.testkit.soak;

import dev.twinlog.kafka.DataPath;
import java.util.Locale;

/** The isolation level at which readers of a data path's copies find each record once. */
enum SoakIsolation {
  /** All readers, also those of uncommitted records. */
  READ_UNCOMMITTED,
  /** Readers of committed records. */
  READ_COMMITTED;

  static SoakIsolation of(DataPath path) {
    return path == DataPath.RECORDS ? READ_COMMITTED : READ_UNCOMMITTED;
  }

  /** The value of {@code isolation.level}. */
  String level() {
    return name().toLowerCase(Locale.ROOT);
  }
}
