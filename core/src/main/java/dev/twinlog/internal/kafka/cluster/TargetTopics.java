package dev.twinlog.internal.kafka.cluster;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The limits and codecs of target topics, found by the control thread and used by the writers.
 * Thread-safe.
 */
public final class TargetTopics {
  private static final String DEFAULT_CODEC = "lz4";
  private static final Set<String> CODECS = Set.of("gzip", "snappy", "lz4", "zstd");

  private final @Nullable String userCodec;
  private final Map<String, TopicLimits> limits = new ConcurrentHashMap<>();
  private final Map<String, String> codecs = new ConcurrentHashMap<>();

  /**
   * Starts without any topic.
   *
   * @param userCodec the user's {@code compression.type}, if any
   */
  public TargetTopics(@Nullable String userCodec) {
    this.userCodec = userCodec;
  }

  public void limits(String topic, TopicLimits found) {
    limits.put(topic, found);
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
