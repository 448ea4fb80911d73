package dev.twinlog;

import dev.twinlog.kafka.Compression;
import dev.twinlog.kafka.DataPath;
import dev.twinlog.kafka.Isolation;
import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.spi.ConfigurationException;
import dev.twinlog.spi.PartitionMapper;
import dev.twinlog.spi.StartPosition;
import dev.twinlog.spi.TopicMapper;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Describes a link between two Kafka clusters by properties; the keys are listed at {@link
 * Replicator#fromProperties}.
 *
 * <p>Throws only after all keys were checked. What a part refuses becomes one of the link's
 * problems, with the key that it came from. A disabled link may be incomplete, but not wrong: it
 * still needs its name, and the values that are set must be usable. A blank value of a key of the
 * link counts as not given.
 */
final class PropertiesLink {
  static final String LINK = "link";
  static final String ENABLED = "enabled";
  static final String SOURCE_SERVERS = "source.bootstrap.servers";
  static final String TARGET_SERVERS = "bootstrap.servers";
  static final String SINK_SERVERS = "sink.bootstrap.servers";
  static final String SOURCE_ALIAS = "source.alias";
  static final String SINK_ALIAS = "sink.alias";
  static final String TOPICS = "topics";
  static final String TOPICS_EXCLUDE = "topics.exclude";
  static final String TOPIC_PREFIX = "topic.prefix";
  static final String PARTITION_MAPPER = "partition.mapper";
  static final String START_FROM = "start.from";
  static final String ISOLATION = "isolation";
  static final String DATA_PATH = "data.path";
  static final String RECOMPRESS = "recompress";
  static final String RECOMPRESS_LEVEL = "recompress.level";
  static final String REPLICATION_FACTOR = "replication.factor";
  static final String CREATE_TOPICS = "create.topics";
  static final String GROW_PARTITIONS = "grow.partitions";
  static final String SHARE_TARGETS = "share.targets";
  static final String MAX_IN_FLIGHT_BYTES = "max.in.flight.bytes";
  static final String LANES = "lanes";
  static final String DISCOVERY_INTERVAL = "discovery.interval.ms";
  static final String CLOSE_TIMEOUT = "close.timeout.ms";
  static final String DELIVERY_GUARANTEE = "delivery.guarantee";

  /** Every key of the link itself; the others below source and sink belong to Kafka's clients. */
  static final List<String> KEYS =
      List.of(
          ENABLED,
          LINK,
          SOURCE_SERVERS,
          TARGET_SERVERS,
          SINK_SERVERS,
          SOURCE_ALIAS,
          SINK_ALIAS,
          TOPICS,
          TOPICS_EXCLUDE,
          TOPIC_PREFIX,
          PARTITION_MAPPER,
          START_FROM,
          ISOLATION,
          DATA_PATH,
          RECOMPRESS,
          RECOMPRESS_LEVEL,
          REPLICATION_FACTOR,
          CREATE_TOPICS,
          GROW_PARTITIONS,
          SHARE_TARGETS,
          MAX_IN_FLIGHT_BYTES,
          LANES,
          DISCOVERY_INTERVAL,
          CLOSE_TIMEOUT,
          DELIVERY_GUARANTEE);

  private static final Pattern TOPIC_CHARACTERS = Pattern.compile("[A-Za-z0-9._-]+");

  private final PropertyReader in;
  private final Replicator.Builder into;
  private final boolean enabled;

  private PropertiesLink(Properties properties, Replicator.Builder into) {
    this.in = new PropertyReader(properties, KEYS);
    this.into = into;
    this.enabled = in.flag(ENABLED).orElse(true);
  }

  static Replicator.Builder describe(Properties properties) {
    return describe(properties, Replicator.builder());
  }

  /** Sets the options that have a property, and leaves the builder's defaults for the others. */
  static Replicator.Builder describe(Properties properties, Replicator.Builder into) {
    new PropertiesLink(properties, into).describe();
    return into;
  }

  private void describe() {
    into.enabled(enabled);
    link();
    Optional<DataPath> path = in.choice(DATA_PATH, byName(DataPath.values()));
    source(path);
    sink(path);
    topicPrefix();
    startFrom();
    topicSync();
    in.choice(
            PARTITION_MAPPER,
            Map.of(
                "identity", PartitionMapper.identity(),
                "modulo", PartitionMapper.modulo(),
                "keyHash", PartitionMapper.keyHash()))
        .ifPresent(into::partitionMapper);
    in.choice(DELIVERY_GUARANTEE, byName(DeliveryGuarantee.values()))
        .ifPresent(into::deliveryGuarantee);
    in.number(MAX_IN_FLIGHT_BYTES, DefaultBuilder.LEAST_IN_FLIGHT, Long.MAX_VALUE)
        .ifPresent(into::maxInFlightBytes);
    in.number(LANES, 1, DefaultBuilder.MOST_LANES).ifPresent(lanes -> into.lanes(lanes.intValue()));
    in.number(DISCOVERY_INTERVAL, DefaultBuilder.LEAST_INTERVAL.toMillis(), Integer.MAX_VALUE)
        .ifPresent(ms -> into.discoveryInterval(Duration.ofMillis(ms)));
    in.number(CLOSE_TIMEOUT, 0, Integer.MAX_VALUE)
        .ifPresent(ms -> into.closeTimeout(Duration.ofMillis(ms)));
    in.refuseProblems();
  }

  private void link() {
    Optional<String> name = in.text(LINK);
    if (name.isEmpty()) {
      in.problem("replicator.link was not set");
    } else if (DefaultBuilder.LINK_NAME.matcher(name.get()).matches()) {
      into.link(name.get());
    } else {
      in.unusable(LINK, "1 to 64 characters of A-Z a-z 0-9 _ -");
    }
  }

  private void source(Optional<DataPath> path) {
    Optional<String> servers = in.text(SOURCE_SERVERS);
    if (servers.isEmpty()) {
      missing(SOURCE_SERVERS, "");
    }
    Optional<KafkaCluster> cluster = cluster("source", SOURCE_ALIAS, servers);
    Optional<TopicSelector> topics = topics();
    Optional<Isolation> isolation = in.choice(ISOLATION, byName(Isolation.values()));
    if (cluster.isPresent() && topics.isPresent()) {
      KafkaSource.Builder source = KafkaSource.from(cluster.get()).topics(topics.get());
      isolation.ifPresent(source::isolation);
      path.ifPresent(source::path);
      part("replicator.source.*", source::build).ifPresent(into::source);
    }
  }

  private void sink(Optional<DataPath> path) {
    Optional<String> servers = in.text(TARGET_SERVERS);
    Optional<String> twin = in.text(SINK_SERVERS);
    if (servers.isEmpty() && twin.isEmpty()) {
      missing(TARGET_SERVERS, ", nor was its twin replicator." + SINK_SERVERS);
    } else if (servers.isPresent() && twin.isPresent() && !servers.equals(twin)) {
      in.problem(
          "replicator.%s was \"%s\" but its twin replicator.%s was \"%s\": give one"
              .formatted(TARGET_SERVERS, servers.get(), SINK_SERVERS, twin.get()));
    }
    Optional<KafkaCluster> cluster = cluster("sink", SINK_ALIAS, servers.or(() -> twin));
    Optional<Long> replicationFactor = in.number(REPLICATION_FACTOR, 1, Short.MAX_VALUE);
    Consumer<KafkaSink.Builder> recompression = recompression();
    if (cluster.isPresent()) {
      KafkaSink.Builder sink = KafkaSink.to(cluster.get());
      replicationFactor.ifPresent(factor -> sink.replicationFactor(factor.intValue()));
      path.ifPresent(sink::path);
      recompression.accept(sink);
      part("replicator.sink.*", sink::build).ifPresent(into::sink);
    }
  }

  /** The codec and level for recompression, if set. */
  private Consumer<KafkaSink.Builder> recompression() {
    Optional<Compression> codec = in.choice(RECOMPRESS, byName(Compression.values()));
    Optional<Long> level = in.number(RECOMPRESS_LEVEL, Integer.MIN_VALUE, Integer.MAX_VALUE);
    if (level.isPresent() && in.text(RECOMPRESS).isEmpty()) {
      missing(RECOMPRESS, ", but replicator." + RECOMPRESS_LEVEL + " was");
    }
    return sink ->
        codec.ifPresent(
            type ->
                level.ifPresentOrElse(
                    number -> sink.recompress(type, number.intValue()),
                    () -> sink.recompress(type)));
  }

  /** Without servers the other properties of this side are still checked. */
  private Optional<KafkaCluster> cluster(String side, String aliasKey, Optional<String> servers) {
    KafkaCluster.Builder cluster =
        KafkaCluster.builder(in.text(aliasKey).orElse(side))
            .properties(in.clientProperties(side, KEYS))
            .bootstrapServers(servers.orElse("none:1"));
    Optional<KafkaCluster> built = part("replicator." + side + ".*", cluster::build);
    return servers.isPresent() ? built : Optional.empty();
  }

  private Optional<TopicSelector> topics() {
    Optional<TopicSelector> selected = selection(TOPICS, TopicSelector::matching);
    if (in.text(TOPICS).isEmpty()) {
      missing(TOPICS, "");
    }
    if (in.text(TOPICS_EXCLUDE).isEmpty()) {
      return selected;
    }
    TopicSelector from = selected.orElseGet(() -> TopicSelector.matching(".*"));
    Optional<TopicSelector> reduced = selection(TOPICS_EXCLUDE, from::excluding);
    return selected.isPresent() ? reduced : Optional.empty();
  }

  private Optional<TopicSelector> selection(String key, Function<String[], TopicSelector> select) {
    Optional<String> text = in.text(key);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    List<String> patterns = Arrays.stream(text.get().split(",", -1)).map(String::strip).toList();
    if (patterns.contains("")) {
      in.unusable(key, "regular expressions separated by single commas");
      return Optional.empty();
    }
    return part("replicator." + key, () -> select.apply(patterns.toArray(String[]::new)));
  }

  private void topicPrefix() {
    in.text(TOPIC_PREFIX)
        .ifPresent(
            prefix -> {
              if (TOPIC_CHARACTERS.matcher(prefix).matches()) {
                into.topicMapper(TopicMapper.prefixed(prefix));
              } else {
                in.unusable(TOPIC_PREFIX, "of the characters A-Z a-z 0-9 . _ -");
              }
            });
  }

  private void startFrom() {
    in.text(START_FROM)
        .ifPresent(
            text -> {
              try {
                into.startFrom(
                    switch (text) {
                      case "earliest" -> StartPosition.earliest();
                      case "latest" -> StartPosition.latest();
                      default -> StartPosition.timestamp(Instant.parse(text));
                    });
              } catch (DateTimeParseException e) {
                in.unusable(START_FROM, "earliest, latest or an instant as 2026-01-31T12:00:00Z");
              }
            });
  }

  private void topicSync() {
    Optional<Boolean> create = in.flag(CREATE_TOPICS);
    Optional<Boolean> grow = in.flag(GROW_PARTITIONS);
    Optional<Boolean> share = in.flag(SHARE_TARGETS);
    if (create.isPresent() || grow.isPresent() || share.isPresent()) {
      into.topicSync(
          TopicSync.defaults()
              .creating(create.orElse(true))
              .growing(grow.orElse(true))
              .sharing(share.orElse(false)));
    }
  }

  private void missing(String key, String more) {
    if (enabled) {
      in.problem("replicator." + key + " was not set" + more);
    }
  }

  /** What the part makes, or nothing and its problems added to the others. */
  private <T> Optional<T> part(String keys, Supplier<T> make) {
    try {
      return Optional.of(make.get());
    } catch (ConfigurationException e) {
      e.problems().forEach(problem -> in.problem(keys + ": " + problem));
      return Optional.empty();
    }
  }

  private static <E extends Enum<E>> Map<String, E> byName(E[] values) {
    return Arrays.stream(values)
        .collect(Collectors.toMap(value -> value.name().toLowerCase(Locale.ROOT), v -> v));
  }
}
