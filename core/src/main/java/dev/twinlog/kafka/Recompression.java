package dev.twinlog.kafka;

import dev.twinlog.internal.batch.Codec;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A codec and level with which batches are compressed again, converted for both paths. */
record Recompression(Compression type, OptionalInt level) {
  private static final String TYPE = "compression.type";

  /** For the batch path. */
  dev.twinlog.internal.batch.Compression ofBatches() {
    return new dev.twinlog.internal.batch.Compression(Codec.valueOf(type.name()), level);
  }

  /** For producers. */
  Map<String, String> properties() {
    String name = type.name().toLowerCase(Locale.ROOT);
    Map<String, String> properties = new TreeMap<>();
    properties.put(TYPE, name);
    level.ifPresent(
        value -> properties.put("compression.%s.level".formatted(name), Integer.toString(value)));
    return properties;
  }

  /** Why it contradicts these properties; null if it doesn't. */
  @Nullable String problem(Map<String, String> properties) {
    try {
      ofBatches();
    } catch (IllegalArgumentException e) {
      return "recompress(%s, %d) can't be: %s".formatted(type, level.orElse(0), e.getMessage());
    }
    return properties.containsKey(TYPE)
        ? "recompress(%s) and property compression.type were both set: use one of them"
            .formatted(type)
        : null;
  }
}
