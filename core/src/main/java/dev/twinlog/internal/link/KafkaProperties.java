package dev.twinlog.internal.link;

import dev.twinlog.internal.options.Format;
import dev.twinlog.internal.options.Limits;
import dev.twinlog.internal.options.Property;
import dev.twinlog.internal.options.PropertySetter;
import dev.twinlog.kafka.Compression;
import dev.twinlog.kafka.DataPath;
import dev.twinlog.kafka.Isolation;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.kafka.KafkaSource;
import java.util.List;
import java.util.stream.Stream;

/**
 * The table of properties that describe the Kafka clusters of a link. A new one that sets one
 * option of a source or a sink is a row of {@link #OF_SOURCE} or {@link #OF_SINK}; {@link
 * KafkaParts} combines the others.
 */
final class KafkaProperties {
  static final Property<String> SOURCE_SERVERS =
      Property.of(
          "source.bootstrap.servers",
          Format.TEXT,
          "KafkaCluster…bootstrapServers",
          "required",
          "the cluster to read: `host:port`, several separated by commas");
  static final Property<String> SOURCE_ALIAS =
      Property.of(
          "source.alias",
          Format.TEXT,
          "KafkaCluster.builder",
          "`source`",
          "the source's name in messages and metrics");
  static final Property<String[]> TOPICS =
      Property.of(
          "topics",
          Format.PATTERNS,
          "TopicSelector.matching",
          "required",
          "the topics to copy: regular expressions that match whole names, separated by commas;"
              + " `__*` and Twinlog's state topics are never copied");
  static final Property<String[]> TOPICS_EXCLUDE =
      Property.of(
          "topics.exclude",
          Format.PATTERNS,
          "TopicSelector.excluding",
          "none",
          "the topics not to copy");
  static final Property<String> TARGET_SERVERS =
      Property.of(
          "bootstrap.servers",
          Format.TEXT,
          "KafkaCluster…bootstrapServers",
          "required",
          "the cluster to write to");
  static final Property<String> SINK_SERVERS =
      Property.of(
          "sink.bootstrap.servers",
          Format.TEXT,
          "KafkaCluster…bootstrapServers",
          "none",
          "the same as `replicator.bootstrap.servers`: give one of them");
  static final Property<String> SINK_ALIAS =
      Property.of(
          "sink.alias",
          Format.TEXT,
          "KafkaCluster.builder",
          "`sink`",
          "the sink's name in messages and metrics");
  static final Property<DataPath> DATA_PATH =
      Property.of(
          "data.path",
          Format.choice(DataPath.values()),
          "KafkaSource…path`, `KafkaSink…path",
          "`auto`",
          "[which data path](#two-data-paths), of both sides: `auto`, `batches` (an error where it"
              + " is not possible) or `records`");
  static final Property<Compression> RECOMPRESS =
      Property.of(
          "recompress",
          Format.choice(Compression.values()),
          "KafkaSink…recompress",
          "unchanged",
          "a codec with which every batch is compressed again, for links whose bytes cost more than"
              + " CPU");
  static final Property<Integer> RECOMPRESS_LEVEL =
      Property.of(
              "recompress.level",
              Format.INTEGER,
              "KafkaSink…recompress",
              "the codec's",
              "the level of that codec")
          .requires("recompress");

  static final List<PropertySetter<KafkaSource.Builder, ?>> OF_SOURCE =
      List.of(
          Property.of(
                  "isolation",
                  Format.choice(Isolation.values()),
                  "KafkaSource…isolation",
                  "`read_committed`",
                  "which records are copied: `read_committed` or `read_uncommitted`")
              .sets(KafkaSource.Builder::isolation));

  static final List<PropertySetter<KafkaSink.Builder, ?>> OF_SINK =
      List.of(
          Property.of(
                  "replication.factor",
                  Format.INTEGER.within(Limits.between(1, (int) Short.MAX_VALUE)),
                  "KafkaSink…replicationFactor",
                  "the source's, capped by the target's brokers",
                  "the replication factor of topics that are created")
              .sets(KafkaSink.Builder::replicationFactor));

  /** All of them, in the order of the documents. */
  static final List<Property<?>> ALL =
      Stream.of(
              Stream.of(SOURCE_SERVERS, SOURCE_ALIAS, TOPICS, TOPICS_EXCLUDE),
              OF_SOURCE.stream().map(PropertySetter::property),
              Stream.of(TARGET_SERVERS, SINK_SERVERS, SINK_ALIAS),
              OF_SINK.stream().map(PropertySetter::property),
              Stream.of(RECOMPRESS, RECOMPRESS_LEVEL, DATA_PATH))
          .<Property<?>>flatMap(properties -> properties)
          .toList();

  private KafkaProperties() {}
}
