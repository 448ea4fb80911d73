package dev.twinlog.internal.link;

import dev.twinlog.DeadLetters;
import dev.twinlog.DeliveryGuarantee;
import dev.twinlog.GroupSync;
import dev.twinlog.MirrorMakerTopics;
import dev.twinlog.ReplicationListener;
import dev.twinlog.Replicator;
import dev.twinlog.Throttle;
import dev.twinlog.TopicSync;
import dev.twinlog.VerifyOptions;
import dev.twinlog.internal.engine.LinkEngine;
import dev.twinlog.internal.options.LinkOptions;
import dev.twinlog.internal.options.LinkSettings;
import dev.twinlog.internal.options.Option;
import dev.twinlog.spi.LinkMetrics;
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
import java.util.Optional;

/** Collects the options of a link; {@code build()} checks all of them. */
public final class DefaultBuilder implements Replicator.Builder, InternalBuilder {
  private final StatusAccess statuses;
  private final LinkSettings.Builder settings = LinkSettings.builder();

  /** Describes a link whose statuses are made by {@code statuses}. */
  public DefaultBuilder(StatusAccess statuses) {
    this.statuses = statuses;
  }

  @Override
  public Replicator.Builder link(String name) {
    return set(LinkOptions.LINK, name);
  }

  @Override
  public Replicator.Builder source(Source source) {
    return set(LinkOptions.SOURCE, source);
  }

  @Override
  public Replicator.Builder sink(Sink sink) {
    return set(LinkOptions.SINK, sink);
  }

  @Override
  public Replicator.Builder startFrom(StartPosition position) {
    return set(LinkOptions.START_FROM, position);
  }

  @Override
  public Replicator.Builder topicMapper(TopicMapper mapper) {
    return set(LinkOptions.TOPIC_MAPPER, mapper);
  }

  @Override
  public Replicator.Builder partitionMapper(PartitionMapper mapper) {
    return set(LinkOptions.PARTITION_MAPPER, mapper);
  }

  @Override
  public Replicator.Builder transform(RecordTransform transform) {
    return set(LinkOptions.TRANSFORM, transform);
  }

  @Override
  public Replicator.Builder offsetTranslator(OffsetTranslator translator) {
    return set(LinkOptions.OFFSET_TRANSLATOR, translator);
  }

  @Override
  public Replicator.Builder topicSync(TopicSync sync) {
    return set(LinkOptions.TOPIC_SYNC, sync);
  }

  @Override
  public Replicator.Builder groupSync(GroupSync sync) {
    return set(LinkOptions.GROUP_SYNC, sync);
  }

  @Override
  public Replicator.Builder mirrorMakerTopics(MirrorMakerTopics topics) {
    return set(LinkOptions.MIRROR_MAKER_TOPICS, topics);
  }

  @Override
  public Replicator.Builder deadLetters(DeadLetters letters) {
    return set(LinkOptions.DEAD_LETTERS, letters);
  }

  @Override
  public Replicator.Builder verifying(VerifyOptions options) {
    return set(LinkOptions.VERIFYING, options);
  }

  @Override
  public Replicator.Builder progressStore(ProgressStore store) {
    return set(LinkOptions.PROGRESS_STORE, store);
  }

  @Override
  public Replicator.Builder deliveryGuarantee(DeliveryGuarantee guarantee) {
    return set(LinkOptions.DELIVERY_GUARANTEE, guarantee);
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
  public Replicator.Builder throttle(Throttle throttle) {
    return set(LinkOptions.THROTTLE, throttle);
  }

  @Override
  public Replicator.Builder discoveryInterval(Duration interval) {
    return set(LinkOptions.DISCOVERY_INTERVAL, interval);
  }

  @Override
  public Replicator.Builder closeTimeout(Duration timeout) {
    return set(LinkOptions.CLOSE_TIMEOUT, timeout);
  }

  @Override
  public Replicator.Builder metrics(LinkMetrics metrics) {
    return set(LinkOptions.METRICS, metrics);
  }

  @Override
  public Replicator.Builder onEvent(ReplicationListener listener) {
    return set(LinkOptions.ON_EVENT, listener);
  }

  @Override
  public Replicator.Builder enabled(boolean on) {
    return set(LinkOptions.ENABLED, on);
  }

  @Override
  public Replicator.Builder clock(Clock clock) {
    return set(LinkOptions.CLOCK, clock);
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
    return settings.build();
  }

  /** The value of an option so far. */
  <T> Optional<T> find(Option<T> option) {
    return settings.find(option);
  }

  <T> DefaultBuilder set(Option<T> option, T value) {
    settings.set(option, value);
    return this;
  }
}
