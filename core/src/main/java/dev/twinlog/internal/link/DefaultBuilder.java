package dev.twinlog.internal.link;

import dev.twinlog.DeletedTopic;
import dev.twinlog.DeliveryGuarantee;
import dev.twinlog.GroupSync;
import dev.twinlog.MirrorMakerTopics;
import dev.twinlog.ReplicationListener;
import dev.twinlog.Replicator;
import dev.twinlog.TopicSync;
import dev.twinlog.internal.engine.LinkEngine;
import dev.twinlog.internal.engine.shared.LinkSettings;
import dev.twinlog.internal.engine.shared.SinkAbilities;
import dev.twinlog.internal.engine.shared.SourceAbilities;
import dev.twinlog.spi.ConfigurationException;
import dev.twinlog.spi.LinkMetrics;
import dev.twinlog.spi.NamedCluster;
import dev.twinlog.spi.OffsetTranslator;
import dev.twinlog.spi.PartitionMapper;
import dev.twinlog.spi.ProgressStore;
import dev.twinlog.spi.RecordTransform;
import dev.twinlog.spi.Sink;
import dev.twinlog.spi.Source;
import dev.twinlog.spi.StartPosition;
import dev.twinlog.spi.TopicMapper;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Collects the options of a link, and checks all of them in {@code build()}. */
public final class DefaultBuilder implements Replicator.Builder, InternalBuilder {
  private final StatusAccess statuses;
  private final Map<LinkOption<?>, Object> given = new HashMap<>();
  private int transforms;

  /** Describes a link whose statuses are made by {@code statuses}. */
  public DefaultBuilder(StatusAccess statuses) {
    this.statuses = statuses;
  }

  @Override
  public Replicator.Builder link(String name) {
    return set(LinkOptions.LINK, Objects.requireNonNull(name, "name"));
  }

  @Override
  public Replicator.Builder source(Source source) {
    return set(LinkOptions.SOURCE, Objects.requireNonNull(source, "source"));
  }

  @Override
  public Replicator.Builder sink(Sink sink) {
    return set(LinkOptions.SINK, Objects.requireNonNull(sink, "sink"));
  }

  @Override
  public Replicator.Builder startFrom(StartPosition position) {
    return set(LinkOptions.START_FROM, Objects.requireNonNull(position, "position"));
  }

  @Override
  public Replicator.Builder topicMapper(TopicMapper mapper) {
    return set(LinkOptions.TOPIC_MAPPER, Objects.requireNonNull(mapper, "mapper"));
  }

  @Override
  public Replicator.Builder partitionMapper(PartitionMapper mapper) {
    return set(LinkOptions.PARTITION_MAPPER, Objects.requireNonNull(mapper, "mapper"));
  }

  @Override
  public Replicator.Builder transform(RecordTransform transform) {
    transforms++;
    return set(LinkOptions.TRANSFORM, Objects.requireNonNull(transform, "transform"));
  }

  @Override
  public Replicator.Builder offsetTranslator(OffsetTranslator translator) {
    return set(LinkOptions.OFFSET_TRANSLATOR, Objects.requireNonNull(translator, "translator"));
  }

  @Override
  public Replicator.Builder topicSync(TopicSync sync) {
    return set(LinkOptions.TOPIC_SYNC, Objects.requireNonNull(sync, "sync"));
  }

  @Override
  public Replicator.Builder groupSync(GroupSync sync) {
    return set(LinkOptions.GROUP_SYNC, Objects.requireNonNull(sync, "sync"));
  }

  @Override
  public Replicator.Builder mirrorMakerTopics(MirrorMakerTopics topics) {
    return set(LinkOptions.MIRROR_MAKER_TOPICS, Objects.requireNonNull(topics, "topics"));
  }

  @Override
  public Replicator.Builder progressStore(ProgressStore store) {
    return set(LinkOptions.PROGRESS_STORE, Objects.requireNonNull(store, "store"));
  }

  @Override
  public Replicator.Builder deliveryGuarantee(DeliveryGuarantee guarantee) {
    return set(LinkOptions.DELIVERY_GUARANTEE, Objects.requireNonNull(guarantee, "guarantee"));
  }

  @Override
  public Replicator.Builder maxInFlightBytes(long bytes) {
    return set(LinkOptions.MAX_IN_FLIGHT_BYTES, bytes);
  }

  @Override
  public Replicator.Builder lanes(int count) {
    return set(LinkOptions.LANES, count);
  }

  @Override
  public Replicator.Builder discoveryInterval(Duration interval) {
    return set(LinkOptions.DISCOVERY_INTERVAL, Objects.requireNonNull(interval, "interval"));
  }

  @Override
  public Replicator.Builder closeTimeout(Duration timeout) {
    return set(LinkOptions.CLOSE_TIMEOUT, Objects.requireNonNull(timeout, "timeout"));
  }

  @Override
  public Replicator.Builder metrics(LinkMetrics metrics) {
    return set(LinkOptions.METRICS, Objects.requireNonNull(metrics, "metrics"));
  }

  @Override
  public Replicator.Builder onEvent(ReplicationListener listener) {
    return set(LinkOptions.ON_EVENT, Objects.requireNonNull(listener, "listener"));
  }

  @Override
  public Replicator.Builder enabled(boolean on) {
    return set(LinkOptions.ENABLED, on);
  }

  @Override
  public Replicator.Builder clock(Clock clock) {
    return set(LinkOptions.CLOCK, Objects.requireNonNull(clock, "clock"));
  }

  @Override
  public Replicator build() {
    return over(LinkEngine.threaded(settings()));
  }

  @Override
  public Replicator over(LinkEngine engine) {
    return new DefaultReplicator(engine, statuses);
  }

  @Override
  public LinkSettings settings() {
    List<String> problems = new ArrayList<>();
    if (get(LinkOptions.LINK).isEmpty()) {
      problems.add("link was not given but is required");
    }
    if (isEnabled()) {
      checkParts(problems);
    }
    if (transforms > 1) {
      problems.add(
          "transform was given %d times, but one is applied: chain them, first.andThen(second)"
              .formatted(transforms));
    }
    LinkOptions.ALL.forEach(option -> check(option, problems));
    if (!problems.isEmpty()) {
      throw new ConfigurationException(
          get(LinkOptions.LINK).map(name -> "Link " + name).orElse("The link"), problems);
    }
    LinkSettings.Builder settings =
        LinkSettings.builder().source(NoOpParts.SOURCE).sink(NoOpParts.SINK);
    LinkOptions.ALL.forEach(option -> pass(option, settings));
    return settings.build();
  }

  private <T> Replicator.Builder set(LinkOption<T> option, T value) {
    given.put(option, value);
    return this;
  }

  @SuppressWarnings("unchecked") // set(..) is the only method that puts values there
  private <T> Optional<T> get(LinkOption<T> option) {
    return Optional.ofNullable((T) given.getOrDefault(option, option.initial()));
  }

  private boolean isEnabled() {
    return get(LinkOptions.ENABLED).orElseThrow();
  }

  private <T> void check(LinkOption<T> option, List<String> problems) {
    get(option).flatMap(option::problem).ifPresent(problems::add);
  }

  private <T> void pass(LinkOption<T> option, LinkSettings.Builder settings) {
    get(option).ifPresent(value -> option.pass(value, settings));
  }

  private void checkRemovals(Source source, Sink sink, List<String> problems) {
    TopicSync sync = get(LinkOptions.TOPIC_SYNC).orElseThrow();
    SourceAbilities from = SourceAbilities.of(source);
    SinkAbilities to = SinkAbilities.of(sink);
    boolean trims = from.removals().isPresent() && to.removals().isPresent();
    boolean deletes = trims && from.cluster().isPresent() && to.cluster().isPresent();
    String parts =
        "source %s and sink %s can't both"
            .formatted(source.getClass().getSimpleName(), sink.getClass().getSimpleName());
    if (sync.onDelete() == DeletedTopic.DELETE && !deletes) {
      problems.add(
          "topicSync was onDelete(DELETE), but %s prove that a topic was deleted, and delete its copy"
              .formatted(parts));
    }
    if (sync.trims() && !trims) {
      problems.add(
          "topicSync was trimming(true), but %s say what was deleted, and delete records"
              .formatted(parts));
    }
  }

  private void checkParts(List<String> problems) {
    if (get(LinkOptions.SOURCE).isEmpty()) {
      problems.add("source was not given but is required");
    }
    Optional<Sink> sink = get(LinkOptions.SINK);
    if (sink.isEmpty()) {
      problems.add("sink was not given but is required");
      return;
    }
    String kind = sink.get().getClass().getSimpleName();
    SinkAbilities abilities = SinkAbilities.of(sink.get());
    get(LinkOptions.SOURCE).ifPresent(source -> checkRemovals(source, sink.get(), problems));
    if (get(LinkOptions.PROGRESS_STORE).isEmpty() && abilities.state().isEmpty()) {
      problems.add(
          "progressStore was not given, but sink "
              + kind
              + " keeps no progress itself: give one, FileProgressStore.at(directory) for instance");
    }
    checkMirrorMakerTopics(abilities, problems);
    if (get(LinkOptions.DELIVERY_GUARANTEE)
            .filter(DeliveryGuarantee.EXACTLY_ONCE::equals)
            .isPresent()
        && abilities.recovery().isEmpty()) {
      problems.add(
          "deliveryGuarantee was EXACTLY_ONCE, but sink "
              + kind
              + " can't recover: leave it out or ask for AT_LEAST_ONCE");
    }
  }

  private void checkMirrorMakerTopics(SinkAbilities sink, List<String> problems) {
    Optional<Source> source = get(LinkOptions.SOURCE);
    if (source.isEmpty() || !get(LinkOptions.MIRROR_MAKER_TOPICS).orElseThrow().isOn()) {
      return;
    }
    Optional<NamedCluster> cluster = SourceAbilities.of(source.get()).name();
    if (cluster.isEmpty() || sink.name().isEmpty() || sink.compacted().isEmpty()) {
      problems.add(
          "mirrorMakerTopics was given, but needs a Kafka cluster on both sides: leave it out");
    } else if (!LinkOptions.isTopicName(cluster.get().alias())) {
      problems.add(
          "mirrorMakerTopics was given, but the source's alias %s can't begin the name of a topic: use the characters A-Z a-z 0-9 . _ -"
              .formatted(cluster.get().alias()));
    }
  }
}
