package dev.twinlog.internal.verify;

import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.TopicConfigs;
import java.util.Optional;

/**
 * What the configs of a topic say about records that its log does not have any more.
 *
 * @param compacted whether compaction may have removed them
 * @param known whether the configs may be described; if not, it is taken to be compacted
 * @param ownTime whether the log has its own timestamps instead of those of the records
 * @param tombstoneMs how long tombstones are kept at least
 */
record Compaction(boolean compacted, boolean known, boolean ownTime, long tombstoneMs) {
  private static final long DAY_MS = 86_400_000;

  static Compaction of(Optional<TopicConfigs> configs) {
    if (configs.isEmpty() || configs.get().isHidden()) {
      return new Compaction(true, false, false, 0);
    }
    var effective = configs.get().effective();
    String kept = effective.getOrDefault("delete.retention.ms", "");
    return new Compaction(
        effective.getOrDefault("cleanup.policy", "").contains("compact"),
        true,
        effective.getOrDefault("message.timestamp.type", "").equals("LogAppendTime"),
        kept.isEmpty() ? DAY_MS : Long.parseLong(kept));
  }

  /** Whether compaction may have removed this record although no later one has its key. */
  boolean mayExpire(ReplicationRecord record, long nowMs) {
    return record.value() == null && record.timestamp() + tombstoneMs < nowMs;
  }
}
