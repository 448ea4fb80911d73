package dev.twinlog.internal.progress;

import dev.twinlog.spi.LinkDescription;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.TopicOrigin;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Encodes and decodes the stored form of a {@link LinkDescription}. Version 1, all numbers
 * big-endian, texts UTF-8 after a 32-bit length:
 *
 * <pre>
 * version 1 byte | link | source cluster | target cluster | topics 4, then for each: source, target
 * since 0.2, absent if there are none:
 * origins 4, then for each: source topic | cluster | topic there | links 4, then for each: name
 * behind the origins, absent if neither is known:
 * moved flag 1 [| id of the move 16] | reverse flag 1 [| id of the move that it takes back 16]
 * </pre>
 *
 * <p>Thread-safe.
 */
public final class LinkDescriptionCodec {
  private static final int VERSION = 1;
  private static final int SMALLEST_NAME = 4;
  private static final int SMALLEST_TOPIC = 2 * SMALLEST_NAME;
  private static final int SMALLEST_ORIGIN = 3 * SMALLEST_NAME + 4;

  private LinkDescriptionCodec() {}

  /** Encodes topics in the order of their names, so that equal descriptions have equal bytes. */
  public static byte[] encode(LinkDescription description) {
    FieldWriter out =
        new FieldWriter(VERSION)
            .string(description.link())
            .string(description.sourceCluster())
            .string(description.targetCluster())
            .int32(description.topics().size());
    new TreeMap<>(description.topics())
        .forEach((source, target) -> out.string(source).string(target));
    boolean moves = description.moved().isPresent() || description.reverseOf().isPresent();
    if (moves || !description.origins().isEmpty()) {
      encodeOrigins(description, out);
    }
    if (moves) {
      out.id(description.moved()).id(description.reverseOf());
    }
    return out.toByteArray();
  }

  private static void encodeOrigins(LinkDescription description, FieldWriter out) {
    out.int32(description.origins().values().stream().mapToInt(List::size).sum());
    new TreeMap<>(description.origins())
        .forEach(
            (source, origins) ->
                origins.forEach(
                    origin -> {
                      out.string(source).string(origin.cluster()).string(origin.topic());
                      out.int32(origin.links().size());
                      origin.links().forEach(out::string);
                    }));
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
    Map<String, List<TopicOrigin>> origins = origins(in);
    Optional<UUID> moved = in.hasMore() ? in.id() : Optional.empty();
    Optional<UUID> reverseOf = in.hasMore() ? in.id() : Optional.empty();
    return new LinkDescription(
        link, sourceCluster, targetCluster, topics, origins, moved, reverseOf);
  }

  private static Map<String, List<TopicOrigin>> origins(FieldReader in) {
    Map<String, List<TopicOrigin>> origins = new HashMap<>();
    int count = in.hasMore() ? in.count(SMALLEST_ORIGIN) : 0;
    for (int i = 0; i < count; i++) {
      String source = in.string();
      String cluster = in.string();
      String topic = in.string();
      int links = in.count(SMALLEST_NAME);
      List<String> names = new ArrayList<>(links);
      for (int j = 0; j < links; j++) {
        names.add(in.string());
      }
      origins
          .computeIfAbsent(source, one -> new ArrayList<>())
          .add(new TopicOrigin(cluster, topic, names));
    }
    return origins;
  }
}
