package dev.twinlog.testkit.soak;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/** The topics of the load: one of each kind that a link treats differently. */
enum SoakTopic {
  PLAIN("none", 2),
  PACKED("lz4", 2),
  DENSE("zstd", 1),
  TRANSACTIONS("lz4", 2),
  COMPACTED("snappy", 1);

  /** How many different keys a topic has. */
  static final int KEYS = 200;

  private final String codec;
  private final int partitions;

  SoakTopic(String codec, int partitions) {
    this.codec = codec;
    this.partitions = partitions;
  }

  /** Its name, in both clusters. */
  String topic() {
    return "soak-" + name().toLowerCase(Locale.ROOT);
  }

  /** The compression type of its producers. */
  String codec() {
    return codec;
  }

  int partitions() {
    return partitions;
  }

  TopicPartition partition(int number) {
    return new TopicPartition(topic(), number);
  }

  boolean isTransactional() {
    return this == TRANSACTIONS;
  }

  boolean isCompacted() {
    return this == COMPACTED;
  }

  /** The settings of the topic at the source; a compacted one is cleaned all the time. */
  Map<String, String> configs() {
    return isCompacted()
        ? Map.of(
            "cleanup.policy", "compact",
            "segment.ms", "5000",
            "min.cleanable.dirty.ratio", "0.1")
        : Map.of();
  }

  /** All topics except the compacted one: those that keep every record of the source. */
  static List<SoakTopic> complete() {
    return List.of(PLAIN, PACKED, DENSE, TRANSACTIONS);
  }
}
