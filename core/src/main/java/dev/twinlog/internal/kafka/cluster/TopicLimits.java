package dev.twinlog.internal.kafka.cluster;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The limits by which a target topic refuses records, from its effective configs.
 *
 * @param maxBatchBytes {@code max.message.bytes}
 * @param keepsTimestamps whether the record's own timestamp is stored (CreateTime)
 * @param oldestMs {@code message.timestamp.before.max.ms}
 * @param newestMs {@code message.timestamp.after.max.ms}
 * @param compacted whether records need a key
 */
public record TopicLimits(
    int maxBatchBytes, boolean keepsTimestamps, long oldestMs, long newestMs, boolean compacted) {

  /** The limits of a topic whose configs may not be described: the broker reports refusals. */
  public static final TopicLimits UNKNOWN =
      new TopicLimits(Integer.MAX_VALUE, true, Long.MAX_VALUE, Long.MAX_VALUE, false);

  public static TopicLimits of(Map<String, String> effective) {
    return new TopicLimits(
        (int) number(effective, "max.message.bytes", Integer.MAX_VALUE),
        !"LogAppendTime".equals(effective.get("message.timestamp.type")),
        number(effective, "message.timestamp.before.max.ms", Long.MAX_VALUE),
        number(effective, "message.timestamp.after.max.ms", Long.MAX_VALUE),
        effective.getOrDefault("cleanup.policy", "").contains("compact"));
  }

  /**
   * The limits after changes of configs. Where one was removed, what the topic inherits is not
   * known: the broker reports refusals.
   */
  TopicLimits with(Map<String, Optional<String>> changes) {
    Map<String, String> set = new HashMap<>();
    changes.forEach((name, value) -> value.ifPresent(known -> set.put(name, known)));
    TopicLimits now = of(set);
    return new TopicLimits(
        changes.containsKey("max.message.bytes") ? now.maxBatchBytes() : maxBatchBytes,
        changes.containsKey("message.timestamp.type") ? now.keepsTimestamps() : keepsTimestamps,
        changes.containsKey("message.timestamp.before.max.ms") ? now.oldestMs() : oldestMs,
        changes.containsKey("message.timestamp.after.max.ms") ? now.newestMs() : newestMs,
        changes.containsKey("cleanup.policy") ? now.compacted() : compacted);
  }

  private static long number(Map<String, String> configs, String name, long otherwise) {
    String value = configs.get(name);
    return value == null ? otherwise : Long.parseLong(value);
  }
}
