package dev.twinlog;

import dev.twinlog.internal.engine.InternalBuilder;
import dev.twinlog.internal.engine.LinkEngine;
import dev.twinlog.internal.engine.LinkSettings;
import dev.twinlog.internal.engine.SinkAbilities;
import dev.twinlog.internal.engine.SourceAbilities;
import dev.twinlog.spi.ConfigurationException;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Collects the options of a link, and checks all of them in {@code build()}. */
final class DefaultBuilder implements Replicator.Builder, InternalBuilder {
  static final Pattern LINK_NAME = Pattern.compile("[A-Za-z0-9_-]{1,64}");
  static final long LEAST_IN_FLIGHT = 64 << 10;
  static final int MOST_LANES = 64;
  static final Duration LONGEST = Duration.ofDays(1);
  static final Duration LEAST_INTERVAL = Duration.ofMillis(100);

  private @Nullable String link;
  private @Nullable Source source;
  private @Nullable Sink sink;
  private @Nullable RecordTransform transform;
  private int transforms;
  private @Nullable ProgressStore progressStore;
  private @Nullable DeliveryGuarantee guarantee;
  private StartPosition startFrom = StartPosition.earliest();
  private TopicMapper topicMapper = TopicMapper.identity();
  private PartitionMapper partitionMapper = PartitionMapper.identity();
  private OffsetTranslator offsetTranslator = OffsetTranslator.exact();
  private TopicSync topicSync = TopicSync.defaults();
  private long maxInFlightBytes = 64L << 20;
  private int lanes = 1;
  private Duration discoveryInterval = Duration.ofSeconds(30);
  private Duration closeTimeout = Duration.ofSeconds(30);
  private LinkMetrics metrics = new LinkMetrics() {};
  private ReplicationListener listener = new ReplicationListener() {};
  private boolean enabled = true;
  private Clock clock = Clock.systemUTC();

  @Override
  public Replicator.Builder link(String name) {
    link = Objects.requireNonNull(name, "name");
    return this;
  }

  @Override
  public Replicator.Builder source(Source part) {
    source = Objects.requireNonNull(part, "source");
    return this;
  }

  @Override
  public Replicator.Builder sink(Sink part) {
    sink = Objects.requireNonNull(part, "sink");
    return this;
  }

  @Override
  public Replicator.Builder startFrom(StartPosition position) {
    startFrom = Objects.requireNonNull(position, "position");
    return this;
  }

  @Override
  public Replicator.Builder topicMapper(TopicMapper mapper) {
    topicMapper = Objects.requireNonNull(mapper, "mapper");
    return this;
  }

  @Override
  public Replicator.Builder partitionMapper(PartitionMapper mapper) {
    partitionMapper = Objects.requireNonNull(mapper, "mapper");
    return this;
  }

  @Override
  public Replicator.Builder transform(RecordTransform records) {
    transforms++;
    transform = Objects.requireNonNull(records, "transform");
    return this;
  }

  @Override
  public Replicator.Builder offsetTranslator(OffsetTranslator translator) {
    offsetTranslator = Objects.requireNonNull(translator, "translator");
    return this;
  }

  @Override
  public Replicator.Builder topicSync(TopicSync sync) {
    topicSync = Objects.requireNonNull(sync, "sync");
    return this;
  }

  @Override
  public Replicator.Builder progressStore(ProgressStore store) {
    progressStore = Objects.requireNonNull(store, "store");
    return this;
  }

  @Override
  public Replicator.Builder deliveryGuarantee(DeliveryGuarantee wanted) {
    guarantee = Objects.requireNonNull(wanted, "guarantee");
    return this;
  }

  @Override
  public Replicator.Builder maxInFlightBytes(long bytes) {
    maxInFlightBytes = bytes;
    return this;
  }

  @Override
  public Replicator.Builder lanes(int count) {
    lanes = count;
    return this;
  }

  @Override
  public Replicator.Builder discoveryInterval(Duration interval) {
    discoveryInterval = Objects.requireNonNull(interval, "interval");
    return this;
  }

  @Override
  public Replicator.Builder closeTimeout(Duration timeout) {
    closeTimeout = Objects.requireNonNull(timeout, "timeout");
    return this;
  }

  @Override
  public Replicator.Builder metrics(LinkMetrics receiver) {
    metrics = Objects.requireNonNull(receiver, "metrics");
    return this;
  }

  @Override
  public Replicator.Builder onEvent(ReplicationListener events) {
    listener = Objects.requireNonNull(events, "listener");
    return this;
  }

  @Override
  public Replicator.Builder enabled(boolean on) {
    enabled = on;
    return this;
  }

  @Override
  public Replicator.Builder clock(Clock wallClock) {
    clock = Objects.requireNonNull(wallClock, "clock");
    return this;
  }

  @Override
  public Replicator build() {
    return over(LinkEngine.threaded(settings()));
  }

  @Override
  public Replicator over(LinkEngine engine) {
    return new DefaultReplicator(engine);
  }

  @Override
  public LinkSettings settings() {
    List<String> problems = new ArrayList<>();
    if (link == null) {
      problems.add("link was not given but is required");
    } else if (!LINK_NAME.matcher(link).matches()) {
      problems.add("link was \"" + link + "\" but must be 1 to 64 characters of A-Z a-z 0-9 _ -");
    }
    if (enabled) {
      checkParts(problems);
    }
    if (transforms > 1) {
      problems.add(
          "transform was given %d times, but one is applied: chain them, first.andThen(second)"
              .formatted(transforms));
    }
    checkNumbers(problems);
    if (!problems.isEmpty()) {
      throw new ConfigurationException(link == null ? "The link" : "Link " + link, problems);
    }
    Source from = source == null ? NoOpParts.SOURCE : source;
    Sink to = sink == null ? NoOpParts.SINK : sink;
    SinkAbilities abilities = SinkAbilities.of(to);
    return new LinkSettings(
        Objects.requireNonNull(link),
        enabled,
        from,
        to,
        Optional.ofNullable(progressStore),
        startFrom,
        topicMapper,
        partitionMapper,
        Optional.ofNullable(transform),
        offsetTranslator,
        topicSync,
        guarantee != null ? guarantee : best(abilities),
        maxInFlightBytes,
        lanes,
        discoveryInterval,
        closeTimeout,
        metrics,
        listener,
        clock,
        SourceAbilities.of(from),
        abilities);
  }

  private static DeliveryGuarantee best(SinkAbilities abilities) {
    return abilities.recovery().isPresent()
        ? DeliveryGuarantee.EXACTLY_ONCE
        : DeliveryGuarantee.AT_LEAST_ONCE;
  }

  private void checkParts(List<String> problems) {
    if (source == null) {
      problems.add("source was not given but is required");
    }
    if (sink == null) {
      problems.add("sink was not given but is required");
      return;
    }
    String kind = sink.getClass().getSimpleName();
    SinkAbilities abilities = SinkAbilities.of(sink);
    if (progressStore == null && abilities.state().isEmpty()) {
      problems.add(
          "progressStore was not given, but sink "
              + kind
              + " keeps no progress itself: give one, FileProgressStore.at(directory) for instance");
    }
    if (guarantee == DeliveryGuarantee.EXACTLY_ONCE && abilities.recovery().isEmpty()) {
      problems.add(
          "deliveryGuarantee was EXACTLY_ONCE, but sink "
              + kind
              + " can't recover: leave it out or ask for AT_LEAST_ONCE");
    }
  }

  private void checkNumbers(List<String> problems) {
    if (maxInFlightBytes < LEAST_IN_FLIGHT) {
      problems.add(
          "maxInFlightBytes was %d but must be at least %d"
              .formatted(maxInFlightBytes, LEAST_IN_FLIGHT));
    }
    if (lanes < 1 || lanes > MOST_LANES) {
      problems.add("lanes was %d but must be 1 to %d".formatted(lanes, MOST_LANES));
    }
    if (discoveryInterval.compareTo(LEAST_INTERVAL) < 0) {
      problems.add(
          "discoveryInterval was %s but must be at least %s"
              .formatted(discoveryInterval, LEAST_INTERVAL));
    }
    if (discoveryInterval.compareTo(LONGEST) > 0) {
      problems.add(
          "discoveryInterval was " + discoveryInterval + " but must be at most " + LONGEST);
    }
    if (closeTimeout.isNegative() || closeTimeout.compareTo(LONGEST) > 0) {
      problems.add("closeTimeout was " + closeTimeout + " but must be from zero to " + LONGEST);
    }
  }
}
