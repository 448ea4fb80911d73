package dev.twinlog.internal.kafka.cluster;

import dev.twinlog.internal.control.TopicPlan;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The limits and codecs of target topics, found by calls to the target and used by the writers.
 * Thread-safe.
 */
public final class TargetTopics {
  private static final String DEFAULT_CODEC = "lz4";
  private static final Set<String> CODECS = Set.of("gzip", "snappy", "lz4", "zstd");

  private final @Nullable String userCodec;
  private final Map<String, TopicLimits> limits = new ConcurrentHashMap<>();
  private final Map<String, String> codecs = new ConcurrentHashMap<>();
  private final Map<String, List<String>> notes = new ConcurrentHashMap<>();

  /**
   * Starts without any topic.
   *
   * @param userCodec the user's {@code compression.type}, if any
   */
  public TargetTopics(@Nullable String userCodec) {
    this.userCodec = userCodec;
  }

  /** Stores the limits of a topic. */
  public void limits(String topic, TopicLimits found) {
    limits.put(topic, found);
  }

  /**
   * Stores what every config of a topic has been found to be.
   *
   * @param effective empty if they may not be described
   */
  public void configs(String topic, Map<String, String> effective) {
    limits(topic, TopicLimits.of(effective));
    notes.put(topic, observed(topic, effective));
  }

  /** Stores changes of the configs of a topic. */
  public void changed(String topic, Map<String, Optional<String>> changes) {
    limits.computeIfPresent(topic, (name, before) -> before.with(changes));
  }

  /** What should be known about the configs of topics, by topic. */
  public Map<String, List<String>> notes() {
    return Map.copyOf(notes);
  }

  private List<String> observed(String topic, Map<String, String> effective) {
    if (effective.isEmpty()) {
      return List.of(TopicPlan.targetHidden(topic));
    }
    List<String> observed = new ArrayList<>();
    if (!TopicLimits.of(effective).keepsTimestamps()) {
      observed.add("message.timestamp.type=LogAppendTime: the target overwrites every timestamp");
    }
    String compression = effective.getOrDefault("compression.type", "producer");
    if (!compression.equals("producer") && !compression.equals(codec(topic))) {
      observed.add(
          "compression.type=%s: the target compresses every batch again".formatted(compression));
    }
    return List.copyOf(observed);
  }

  public TopicLimits limits(String topic) {
    return limits.getOrDefault(topic, TopicLimits.UNKNOWN);
  }

  /** Stores the {@code compression.type} of the source topic, if it has its own. */
  public void sourceCodec(String target, @Nullable String compressionType) {
    codecs.put(target, codecFor(compressionType));
  }

  /** Returns the codec that a producer should use for this target topic. */
  public String codec(String topic) {
    return userCodec != null ? userCodec : codecs.getOrDefault(topic, DEFAULT_CODEC);
  }

  public static String codecFor(@Nullable String compressionType) {
    if (compressionType == null) {
      return DEFAULT_CODEC;
    }
    if (compressionType.equals("uncompressed")) {
      return "none";
    }
    // "producer" leaves the choice to the source's producers, which is not visible here
    return CODECS.contains(compressionType) ? compressionType : DEFAULT_CODEC;
  }
}
