package dev.twinlog.internal.link;

import dev.twinlog.Replicator;
import dev.twinlog.internal.options.LinkOptions;
import dev.twinlog.internal.options.Option;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.kafka.KafkaSource;
import java.util.List;
import java.util.Optional;
import java.util.Properties;

/** The properties of a link, with the required ones set, and the builder that they describe. */
final class DescribedLink {
  final Properties properties = new Properties();
  private DefaultBuilder builder = builder();

  DescribedLink() {
    set("link", "us-to-eu");
    set("source.bootstrap.servers", "us:9092");
    set("bootstrap.servers", "eu:9092");
    set("topics", "orders.*");
  }

  private static DefaultBuilder builder() {
    return (DefaultBuilder) Replicator.builder();
  }

  void set(String key, String value) {
    properties.setProperty("replicator." + key, value);
  }

  void describe() {
    describe(properties);
  }

  void describe(Properties of) {
    builder = builder();
    PropertiesLink.describe(of, builder);
  }

  /** The options that have another value than their default. */
  List<String> given() {
    return LinkOptions.ALL.stream()
        .filter(option -> !builder.find(option).equals(builder().find(option)))
        .map(Option::name)
        .toList();
  }

  <T> Optional<T> find(Option<T> option) {
    return builder.find(option);
  }

  <T> T get(Option<T> option) {
    return find(option).orElseThrow();
  }

  KafkaSource source() {
    return (KafkaSource) get(LinkOptions.SOURCE);
  }

  KafkaSink sink() {
    return (KafkaSink) get(LinkOptions.SINK);
  }
}
