package dev.twinlog.kafka;

import java.util.Locale;

/** Which records of a transactional source are copied. */
public enum Isolation {
  /** Only committed records, up to the last stable offset. The default. */
  READ_COMMITTED,

  /** Everything up to the high watermark, records of aborted transactions included. */
  READ_UNCOMMITTED;

  /** The value of Kafka's {@code isolation.level}. */
  String configValue() {
    return name().toLowerCase(Locale.ROOT);
  }
}
