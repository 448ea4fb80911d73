package dev.twinlog.testkit.quickstart;

import java.util.Map;

/** The topics of the quick start: of different sizes, codecs and clean-up policies. */
enum ShopTopic {
  CUSTOMERS("customers", 1, Codec.LZ4),
  ORDERS("orders", 4, Codec.LZ4),
  PAYMENTS("payments", 2, Codec.ZSTD);

  /** The compression type of the load's producers. */
  enum Codec {
    LZ4,
    ZSTD
  }

  private final String shortName;
  private final int partitions;
  private final Codec codec;

  ShopTopic(String shortName, int partitions, Codec codec) {
    this.shortName = shortName;
    this.partitions = partitions;
    this.codec = codec;
  }

  String shortName() {
    return shortName;
  }

  int partitions() {
    return partitions;
  }

  Codec codec() {
    return codec;
  }

  /** The configs that the topic is made with. */
  Map<String, String> configs() {
    return switch (this) {
      // The two clusters compact their logs at different times: neither may do so before the
      // comparison.
      case CUSTOMERS -> Map.of("cleanup.policy", "compact", "min.compaction.lag.ms", "86400000");
      case ORDERS -> Map.of();
      case PAYMENTS -> Map.of("compression.type", "zstd");
    };
  }
}
