package dev.twinlog.internal.link;

import dev.twinlog.Divergence;
import dev.twinlog.Replicator;
import dev.twinlog.ReverseOptions;
import dev.twinlog.ReverseReport;
import dev.twinlog.internal.engine.agent.LinkTime;
import dev.twinlog.internal.engine.move.Reverse;
import dev.twinlog.internal.engine.move.Reverse.Opposite;
import dev.twinlog.internal.engine.move.Side;
import dev.twinlog.internal.options.LinkOptions;
import dev.twinlog.internal.options.LinkSettings;
import dev.twinlog.internal.options.Option;
import dev.twinlog.kafka.DataPath;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.spi.ConfigurationException;
import dev.twinlog.spi.TopicMapper;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** Reverses the moved link that these settings describe. Stateless. */
final class LinkReversal {
  /** Options of the link that fit the other direction as well. */
  static final List<Option<?>> KEPT =
      List.of(
          LinkOptions.GROUP_SYNC,
          LinkOptions.MAX_IN_FLIGHT_BYTES,
          LinkOptions.LANES,
          LinkOptions.THROTTLE,
          LinkOptions.DISCOVERY_INTERVAL,
          LinkOptions.CLOSE_TIMEOUT,
          LinkOptions.CLOCK);

  private final LinkSettings settings;
  private final KafkaSource source;
  private final KafkaSink sink;

  /**
   * Connects to nothing yet.
   *
   * @throws ConfigurationException if it is not a link between two Kafka clusters
   */
  LinkReversal(LinkSettings settings) {
    if (!(settings.source() instanceof KafkaSource from)
        || !(settings.sink() instanceof KafkaSink to)
        || settings.find(LinkOptions.PROGRESS_STORE).isPresent()) {
      throw new ConfigurationException(
          "the reversal of link " + settings.link(),
          List.of(
              "only a link from a KafkaSource to a KafkaSink that keeps its progress itself can be reversed"));
    }
    this.settings = settings;
    this.source = from;
    this.sink = to;
  }

  Divergence divergence() {
    return with(ReverseOptions.defaults(), Reverse::divergence);
  }

  ReverseReport reversal(ReverseOptions options) {
    return with(options.dryRun(), reverse -> reverse.run().report());
  }

  Replicator.Builder reverse(ReverseOptions options, StatusAccess statuses) {
    Opposite opposite = with(options, Reverse::opposite);
    DefaultBuilder builder = new DefaultBuilder(statuses);
    builder
        .link(opposite.link())
        .source(
            KafkaSource.from(sink.cluster())
                .topics(topics(opposite))
                .isolation(source.isolation())
                .path(path())
                .build())
        .sink(KafkaSink.to(source.cluster()).path(path()).build())
        .topicMapper(opposite.mapper());
    KEPT.forEach(option -> keep(option, builder));
    return builder;
  }

  private <T> void keep(Option<T> option, DefaultBuilder builder) {
    settings.find(option).ifPresent(value -> builder.set(option, value));
  }

  /** Where names stay the same, new topics are selected as before. */
  private TopicSelector topics(Opposite opposite) {
    TopicMapper mapper = settings.get(LinkOptions.TOPIC_MAPPER);
    boolean same =
        opposite.topics().stream().allMatch(topic -> mapper.targetTopic(topic).equals(topic));
    return same && !opposite.topics().isEmpty()
        ? source.topics()
        : TopicSelector.named(opposite.topics().toArray(String[]::new));
  }

  /** The record path, where the link was told to use it. */
  private DataPath path() {
    return sink.dataPath() == DataPath.RECORDS ? DataPath.RECORDS : DataPath.AUTO;
  }

  /** The source of the link, of these topics. */
  private KafkaSource source(Set<String> topics) {
    return KafkaSource.from(source.cluster())
        .topics(TopicSelector.named(topics.toArray(String[]::new)))
        .isolation(source.isolation())
        .path(path())
        .build();
  }

  /** Works with sinks of its own, since those of the link may be closed, or in use. */
  private <T> T with(ReverseOptions options, Function<Reverse, T> verb) {
    try (KafkaSink intoSource = KafkaSink.to(source.cluster()).path(path()).build();
        KafkaSink intoTarget = KafkaSink.to(sink.cluster()).path(path()).build()) {
      Reverse.Parts parts =
          new Reverse.Parts(
              settings.link(),
              new Side(source, intoSource),
              new Side(intoTarget, intoTarget),
              LinkTime.system(settings.get(LinkOptions.CLOCK)),
              new LinkResender(
                  settings, this::source, KafkaSink.to(sink.cluster()).path(path()).build()));
      return verb.apply(new Reverse(parts, options));
    }
  }
}
