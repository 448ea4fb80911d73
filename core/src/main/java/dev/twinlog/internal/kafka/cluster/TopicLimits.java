package dev.twinlog.internal.kafka.cluster;

import java.util.Map;

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

  private static long number(Map<String, String> configs, String name, long otherwise) {
    String value = configs.get(name);
    return value == null ? otherwise : Long.parseLong(value);
  }
}
