package dev.twinlog.internal.link;

import dev.twinlog.internal.options.Property;
import dev.twinlog.internal.options.PropertyReader;
import dev.twinlog.internal.options.PropertySetter;
import dev.twinlog.kafka.Compression;
import dev.twinlog.kafka.DataPath;
import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.spi.ConfigurationException;
import java.util.Collection;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/** Makes the Kafka source and the Kafka sink of a link that properties describe. */
final class KafkaParts {
  private final PropertyReader in;
  private final Collection<String> ownKeys;
  private final Optional<DataPath> path;

  /**
   * Makes none yet.
   *
   * @param ownKeys the keys of the link; the others below source and sink belong to Kafka's clients
   */
  KafkaParts(PropertyReader in, Collection<String> ownKeys) {
    this.in = in;
    this.ownKeys = ownKeys;
    this.path = in.value(KafkaProperties.DATA_PATH);
  }

  /** Empty if something is missing or, which is a problem, wrong. */
  Optional<KafkaSource> source() {
    Optional<String> servers = in.value(KafkaProperties.SOURCE_SERVERS);
    if (servers.isEmpty()) {
      in.missing(KafkaProperties.SOURCE_SERVERS.key(), "");
    }
    Optional<KafkaCluster> cluster = cluster("source", KafkaProperties.SOURCE_ALIAS, servers);
    Optional<TopicSelector> topics = topics();
    // without a cluster the other properties are still checked
    KafkaSource.Builder source = KafkaSource.from(cluster.orElseGet(KafkaParts::none));
    for (PropertySetter<KafkaSource.Builder, ?> setter : KafkaProperties.OF_SOURCE) {
      source = setter.apply(source, in);
    }
    path.ifPresent(source::path);
    topics.ifPresent(source::topics);
    return cluster.isPresent() && topics.isPresent()
        ? part("source.*", source::build)
        : Optional.empty();
  }

  /** Empty if something is missing or, which is a problem, wrong. */
  Optional<KafkaSink> sink() {
    Optional<KafkaCluster> cluster = cluster("sink", KafkaProperties.SINK_ALIAS, targetServers());
    KafkaSink.Builder sink = KafkaSink.to(cluster.orElseGet(KafkaParts::none));
    for (PropertySetter<KafkaSink.Builder, ?> setter : KafkaProperties.OF_SINK) {
      sink = setter.apply(sink, in);
    }
    path.ifPresent(sink::path);
    recompress(sink);
    return cluster.isPresent() ? part("sink.*", sink::build) : Optional.empty();
  }

  private void recompress(KafkaSink.Builder sink) {
    Optional<Compression> codec = in.value(KafkaProperties.RECOMPRESS);
    Optional<Integer> level = in.value(KafkaProperties.RECOMPRESS_LEVEL);
    if (codec.isPresent() && level.isPresent()) {
      sink.recompress(codec.get(), level.get());
    } else {
      codec.ifPresent(sink::recompress);
    }
  }

  private Optional<String> targetServers() {
    Optional<String> servers = in.value(KafkaProperties.TARGET_SERVERS);
    Optional<String> twin = in.value(KafkaProperties.SINK_SERVERS);
    if (servers.isEmpty() && twin.isEmpty()) {
      in.missing(
          KafkaProperties.TARGET_SERVERS.key(),
          ", nor was its twin replicator." + KafkaProperties.SINK_SERVERS.key());
    } else if (servers.isPresent() && twin.isPresent() && !servers.equals(twin)) {
      in.problem(
          "replicator.%s was \"%s\" but its twin replicator.%s was \"%s\": give one"
              .formatted(
                  KafkaProperties.TARGET_SERVERS.key(),
                  servers.get(),
                  KafkaProperties.SINK_SERVERS.key(),
                  twin.get()));
    }
    return servers.or(() -> twin);
  }

  /** Without servers the other properties of this side are still checked. */
  private Optional<KafkaCluster> cluster(
      String side, Property<String> alias, Optional<String> servers) {
    KafkaCluster.Builder cluster =
        KafkaCluster.builder(in.value(alias).orElse(side))
            .properties(in.clientProperties(side, ownKeys))
            .bootstrapServers(servers.orElse("none:1"));
    Optional<KafkaCluster> built = part(side + ".*", cluster::build);
    return servers.isPresent() ? built : Optional.empty();
  }

  private static KafkaCluster none() {
    return KafkaCluster.of("none", "none:1");
  }

  private Optional<TopicSelector> topics() {
    Optional<TopicSelector> selected = select(KafkaProperties.TOPICS, TopicSelector::matching);
    if (!in.isSet(KafkaProperties.TOPICS)) {
      in.missing(KafkaProperties.TOPICS.key(), "");
    }
    if (!in.isSet(KafkaProperties.TOPICS_EXCLUDE)) {
      return selected;
    }
    TopicSelector from = selected.orElseGet(() -> TopicSelector.matching(".*"));
    Optional<TopicSelector> reduced = select(KafkaProperties.TOPICS_EXCLUDE, from::excluding);
    return selected.isPresent() ? reduced : Optional.empty();
  }

  private Optional<TopicSelector> select(
      Property<String[]> property, Function<String[], TopicSelector> select) {
    return in.value(property)
        .flatMap(patterns -> part(property.key(), () -> select.apply(patterns)));
  }

  /** What the part makes, or nothing and its problems added to the others. */
  private <T> Optional<T> part(String keys, Supplier<T> make) {
    try {
      return Optional.of(make.get());
    } catch (ConfigurationException e) {
      in.problems(keys, e);
      return Optional.empty();
    }
  }
}
