package dev.twinlog.internal.kafka.wire.write.batch;

import dev.twinlog.internal.batch.Codec;
import dev.twinlog.internal.batch.Compression;
import dev.twinlog.internal.kafka.cluster.ClientSettings;
import dev.twinlog.internal.kafka.cluster.TargetTopics;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Chooses the compression of batches that this writer encodes. Immutable. */
public final class CompressionPolicy {
  private final TargetTopics topics;
  private final Map<Codec, Compression> byCodec;
  private final Optional<Compression> recompress;

  private CompressionPolicy(
      TargetTopics topics, Map<Codec, Compression> byCodec, Optional<Compression> recompress) {
    this.topics = topics;
    this.byCodec = byCodec;
    this.recompress = recompress;
  }

  /**
   * Returns the policy: the compression that the user has configured, or that of the source.
   *
   * @param recompress the compression of every batch, if the user has configured one
   */
  public static CompressionPolicy of(
      TargetTopics topics, ClientSettings settings, Optional<Compression> recompress) {
    Map<Codec, Compression> byCodec = new EnumMap<>(Codec.class);
    for (Codec codec : Codec.values()) {
      String level = "compression.%s.level".formatted(codec.name().toLowerCase(Locale.ROOT));
      byCodec.put(
          codec,
          settings
              .value(level)
              .map(value -> Compression.of(codec, Integer.parseInt(value.trim())))
              .orElse(Compression.of(codec)));
    }
    return new CompressionPolicy(topics, byCodec, recompress);
  }

  /** Whether every batch is compressed again. */
  boolean recompresses() {
    return recompress.isPresent();
  }

  /** Returns the compression for records that came without a batch. */
  Compression ofTopic(String topic) {
    return recompress.orElseGet(
        () -> known(Codec.valueOf(topics.codec(topic).toUpperCase(Locale.ROOT))));
  }

  /**
   * Returns the compression for the records of a batch: that of the batch, unless every batch is
   * compressed again.
   */
  Compression ofBatch(ByteBuffer batch) {
    return recompress.orElseGet(() -> known(Compression.ofBatch(batch).codec()));
  }

  private Compression known(Codec codec) {
    return byCodec.getOrDefault(codec, Compression.of(codec));
  }
}
