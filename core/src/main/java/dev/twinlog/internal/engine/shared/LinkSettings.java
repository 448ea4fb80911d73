package dev.twinlog.internal.engine.shared;

import dev.twinlog.DeliveryGuarantee;
import dev.twinlog.GroupSync;
import dev.twinlog.MirrorMakerTopics;
import dev.twinlog.ReplicationListener;
import dev.twinlog.TopicSync;
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
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The settings of a link, checked. Immutable. */
public final class LinkSettings {
  private final String link;
  private final boolean enabled;
  private final Source source;
  private final Sink sink;
  private final Optional<ProgressStore> progressStore;
  private final StartPosition startFrom;
  private final TopicMapper topicMapper;
  private final PartitionMapper partitionMapper;
  private final Optional<RecordTransform> transform;
  private final OffsetTranslator offsetTranslator;
  private final TopicSync topicSync;
  private final GroupSync groupSync;
  private final MirrorMakerTopics mirrorMakerTopics;
  private final DeliveryGuarantee guarantee;
  private final long maxInFlightBytes;
  private final int lanes;
  private final Duration discoveryInterval;
  private final Duration closeTimeout;
  private final LinkMetrics metrics;
  private final ReplicationListener listener;
  private final Clock clock;
  private final SourceAbilities sourceAbilities;
  private final SinkAbilities sinkAbilities;

  private LinkSettings(Builder from) {
    link = Objects.requireNonNull(from.link, "link");
    source = Objects.requireNonNull(from.source, "source");
    sink = Objects.requireNonNull(from.sink, "sink");
    sourceAbilities = SourceAbilities.of(source);
    sinkAbilities = SinkAbilities.of(sink);
    guarantee = from.guarantee != null ? from.guarantee : strongest(sinkAbilities);
    enabled = from.enabled;
    progressStore = Optional.ofNullable(from.progressStore);
    startFrom = Objects.requireNonNull(from.startFrom, "startFrom");
    topicMapper = Objects.requireNonNull(from.topicMapper, "topicMapper");
    partitionMapper = Objects.requireNonNull(from.partitionMapper, "partitionMapper");
    transform = Optional.ofNullable(from.transform);
    offsetTranslator = Objects.requireNonNull(from.offsetTranslator, "offsetTranslator");
    topicSync = Objects.requireNonNull(from.topicSync, "topicSync");
    groupSync = Objects.requireNonNull(from.groupSync, "groupSync");
    mirrorMakerTopics = Objects.requireNonNull(from.mirrorMakerTopics, "mirrorMakerTopics");
    maxInFlightBytes = from.maxInFlightBytes;
    lanes = from.lanes;
    discoveryInterval = Objects.requireNonNull(from.discoveryInterval, "discoveryInterval");
    closeTimeout = Objects.requireNonNull(from.closeTimeout, "closeTimeout");
    metrics = Objects.requireNonNull(from.metrics, "metrics");
    listener = Objects.requireNonNull(from.listener, "listener");
    clock = Objects.requireNonNull(from.clock, "clock");
  }

  private static DeliveryGuarantee strongest(SinkAbilities sink) {
    return sink.recovery().isPresent()
        ? DeliveryGuarantee.EXACTLY_ONCE
        : DeliveryGuarantee.AT_LEAST_ONCE;
  }

  /** Begins without values. */
  public static Builder builder() {
    return new Builder();
  }

  /** The name; ids and topics are named after it. */
  public String link() {
    return link;
  }

  /** Whether starting the link does anything. */
  public boolean enabled() {
    return enabled;
  }

  /** Where to read. */
  public Source source() {
    return source;
  }

  /** Where to write. */
  public Sink sink() {
    return sink;
  }

  /** Keeps the progress, if the sink does not. */
  public Optional<ProgressStore> progressStore() {
    return progressStore;
  }

  /** Where to begin in partitions without progress. */
  public StartPosition startFrom() {
    return startFrom;
  }

  /** Names target topics. */
  public TopicMapper topicMapper() {
    return topicMapper;
  }

  /** Chooses target partitions. */
  public PartitionMapper partitionMapper() {
    return partitionMapper;
  }

  /** Drops or changes records. */
  public Optional<RecordTransform> transform() {
    return transform;
  }

  /** Translates offsets. */
  public OffsetTranslator offsetTranslator() {
    return offsetTranslator;
  }

  /** What the link may do to target topics. */
  public TopicSync topicSync() {
    return topicSync;
  }

  /** How the positions of consumer groups are kept in step. */
  public GroupSync groupSync() {
    return groupSync;
  }

  /** Which topics of MirrorMaker the link writes. */
  public MirrorMakerTopics mirrorMakerTopics() {
    return mirrorMakerTopics;
  }

  /** The guarantee; by default the strongest that the sink supports. */
  public DeliveryGuarantee guarantee() {
    return guarantee;
  }

  /** The most bytes that are read and not acknowledged, over all lanes. */
  public long maxInFlightBytes() {
    return maxInFlightBytes;
  }

  /** The number of reader threads and of writer threads. */
  public int lanes() {
    return lanes;
  }

  /** How often the link looks for new topics. */
  public Duration discoveryInterval() {
    return discoveryInterval;
  }

  /** How long closing may wait for writes in flight. */
  public Duration closeTimeout() {
    return closeTimeout;
  }

  /** Receives measurements. */
  public LinkMetrics metrics() {
    return metrics;
  }

  /** Receives events. */
  public ReplicationListener listener() {
    return listener;
  }

  /** The wall clock. */
  public Clock clock() {
    return clock;
  }

  /** What the source can do beyond reading. */
  public SourceAbilities sourceAbilities() {
    return sourceAbilities;
  }

  /** What the sink can do beyond writing. */
  public SinkAbilities sinkAbilities() {
    return sinkAbilities;
  }

  /**
   * Collects settings, which it does not check. All must be given, except the progress store, the
   * transform and the guarantee: their defaults are in the table of options. Not thread-safe.
   */
  public static final class Builder {
    private @Nullable String link;
    private boolean enabled;
    private @Nullable Source source;
    private @Nullable Sink sink;
    private @Nullable ProgressStore progressStore;
    private @Nullable StartPosition startFrom;
    private @Nullable TopicMapper topicMapper;
    private @Nullable PartitionMapper partitionMapper;
    private @Nullable RecordTransform transform;
    private @Nullable OffsetTranslator offsetTranslator;
    private @Nullable TopicSync topicSync;
    private @Nullable GroupSync groupSync;
    private @Nullable MirrorMakerTopics mirrorMakerTopics;
    private @Nullable DeliveryGuarantee guarantee;
    private long maxInFlightBytes;
    private int lanes;
    private @Nullable Duration discoveryInterval;
    private @Nullable Duration closeTimeout;
    private @Nullable LinkMetrics metrics;
    private @Nullable ReplicationListener listener;
    private @Nullable Clock clock;

    private Builder() {}

    /** See {@link LinkSettings#link()}. */
    public Builder link(String value) {
      link = value;
      return this;
    }

    /** See {@link LinkSettings#enabled()}. */
    public Builder enabled(boolean value) {
      enabled = value;
      return this;
    }

    /** See {@link LinkSettings#source()}. */
    public Builder source(Source value) {
      source = value;
      return this;
    }

    /** See {@link LinkSettings#sink()}. */
    public Builder sink(Sink value) {
      sink = value;
      return this;
    }

    /** See {@link LinkSettings#progressStore()}. */
    public Builder progressStore(ProgressStore value) {
      progressStore = value;
      return this;
    }

    /** See {@link LinkSettings#startFrom()}. */
    public Builder startFrom(StartPosition value) {
      startFrom = value;
      return this;
    }

    /** See {@link LinkSettings#topicMapper()}. */
    public Builder topicMapper(TopicMapper value) {
      topicMapper = value;
      return this;
    }

    /** See {@link LinkSettings#partitionMapper()}. */
    public Builder partitionMapper(PartitionMapper value) {
      partitionMapper = value;
      return this;
    }

    /** See {@link LinkSettings#transform()}. */
    public Builder transform(RecordTransform value) {
      transform = value;
      return this;
    }

    /** See {@link LinkSettings#offsetTranslator()}. */
    public Builder offsetTranslator(OffsetTranslator value) {
      offsetTranslator = value;
      return this;
    }

    /** See {@link LinkSettings#topicSync()}. */
    public Builder topicSync(TopicSync value) {
      topicSync = value;
      return this;
    }

    /** See {@link LinkSettings#groupSync()}. */
    public Builder groupSync(GroupSync value) {
      groupSync = value;
      return this;
    }

    /** See {@link LinkSettings#mirrorMakerTopics()}. */
    public Builder mirrorMakerTopics(MirrorMakerTopics value) {
      mirrorMakerTopics = value;
      return this;
    }

    /** See {@link LinkSettings#guarantee()}. */
    public Builder guarantee(DeliveryGuarantee value) {
      guarantee = value;
      return this;
    }

    /** See {@link LinkSettings#maxInFlightBytes()}. */
    public Builder maxInFlightBytes(long value) {
      maxInFlightBytes = value;
      return this;
    }

    /** See {@link LinkSettings#lanes()}. */
    public Builder lanes(int value) {
      lanes = value;
      return this;
    }

    /** See {@link LinkSettings#discoveryInterval()}. */
    public Builder discoveryInterval(Duration value) {
      discoveryInterval = value;
      return this;
    }

    /** See {@link LinkSettings#closeTimeout()}. */
    public Builder closeTimeout(Duration value) {
      closeTimeout = value;
      return this;
    }

    /** See {@link LinkSettings#metrics()}. */
    public Builder metrics(LinkMetrics value) {
      metrics = value;
      return this;
    }

    /** See {@link LinkSettings#listener()}. */
    public Builder listener(ReplicationListener value) {
      listener = value;
      return this;
    }

    /** See {@link LinkSettings#clock()}. */
    public Builder clock(Clock value) {
      clock = value;
      return this;
    }

    /**
     * Returns the settings.
     *
     * @throws NullPointerException names a missing setting
     */
    public LinkSettings build() {
      return new LinkSettings(this);
    }
  }
}
