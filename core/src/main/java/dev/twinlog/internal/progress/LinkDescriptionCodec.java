package dev.twinlog.internal.progress;

import dev.twinlog.spi.LinkDescription;
import dev.twinlog.spi.LinkFailedException;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * The stored format of a {@link LinkDescription}. Version 1, all numbers big-endian, texts UTF-8
 * behind a 32-bit length:
 *
 * <pre>
 * version 1 byte | link | source cluster | target cluster | topics 4, then for each: source, target
 * </pre>
 *
 * <p>Thread-safe.
 */
public final class LinkDescriptionCodec {
  private static final int VERSION = 1;
  private static final int SMALLEST_TOPIC = 2 * 4;

  private LinkDescriptionCodec() {}

  /** Writes topics in the order of their names, so that equal descriptions have equal bytes. */
  public static byte[] encode(LinkDescription description) {
    FieldWriter out =
        new FieldWriter(VERSION)
            .string(description.link())
            .string(description.sourceCluster())
            .string(description.targetCluster())
            .int32(description.topics().size());
    new TreeMap<>(description.topics())
        .forEach((source, target) -> out.string(source).string(target));
    return out.toByteArray();
  }

  /**
   * Reads what {@link #encode} wrote.
   *
   * @throws LinkFailedException if the version is unknown or the bytes are damaged
   */
  public static LinkDescription decode(byte[] stored) {
    return FieldReader.read("link description", stored, VERSION, LinkDescriptionCodec::decodeBody);
  }

  private static LinkDescription decodeBody(FieldReader in) {
    String link = in.string();
    String sourceCluster = in.string();
    String targetCluster = in.string();
    int count = in.count(SMALLEST_TOPIC);
    Map<String, String> topics = new HashMap<>();
    for (int i = 0; i < count; i++) {
      String source = in.string();
      if (topics.put(source, in.string()) != null) {
        throw new IllegalArgumentException("topic " + source + " occurs twice");
      }
    }
    return new LinkDescription(link, sourceCluster, targetCluster, topics);
  }
}
