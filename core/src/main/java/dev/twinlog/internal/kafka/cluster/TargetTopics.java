package dev.twinlog.internal.kafka.cluster;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** What the control thread found out about target topics, for the writers. Thread-safe. */
public final class TargetTopics {
  private static final String DEFAULT_CODEC = "lz4";
  private static final Set<String> CODECS = Set.of("gzip", "snappy", "lz4", "zstd");

  private final @Nullable String userCodec;
  private final Map<String, TopicLimits> limits = new ConcurrentHashMap<>();
  private final Map<String, String> codecs = new ConcurrentHashMap<>();

  /**
   * Nothing known yet.
   *
   * @param userCodec the {@code compression.type} that the user decided, if any
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

  /** Remembers the {@code compression.type} that the source topic sets itself, if it does. */
  public void sourceCodec(String target, @Nullable String compressionType) {
    codecs.put(target, codecFor(compressionType));
  }

  /** The codec that a producer should use for this target topic. */
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
    // "producer" leaves the choice to whoever wrote: not to be seen from outside
    return CODECS.contains(compressionType) ? compressionType : DEFAULT_CODEC;
  }
}
