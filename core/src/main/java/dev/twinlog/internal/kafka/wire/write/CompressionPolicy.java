package dev.twinlog.internal.kafka.wire.write;

import dev.twinlog.internal.batch.Codec;
import dev.twinlog.internal.batch.Compression;
import dev.twinlog.internal.kafka.cluster.ClientSettings;
import dev.twinlog.internal.kafka.cluster.TargetTopics;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** How batches that are built here are compressed. Immutable. */
final class CompressionPolicy {
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
   * As the user said, or as the source topic does.
   *
   * @param recompress how every batch is compressed, if that was asked for
   */
  static CompressionPolicy of(
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

  /** Whether every batch is compressed anew. */
  boolean recompresses() {
    return recompress.isPresent();
  }

  /** For records that came without a batch. */
  Compression ofTopic(String topic) {
    return recompress.orElseGet(
        () -> known(Codec.valueOf(topics.codec(topic).toUpperCase(Locale.ROOT))));
  }

  /** For the records of a batch: as it was, unless told otherwise. */
  Compression ofBatch(ByteBuffer batch) {
    return recompress.orElseGet(() -> known(Compression.ofBatch(batch).codec()));
  }

  private Compression known(Codec codec) {
    return byCodec.getOrDefault(codec, Compression.of(codec));
  }
}
