package dev.twinlog.internal.engine;

import dev.twinlog.DeliveryGuarantee;
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
import java.util.Optional;

/** The settings of a link, checked. */
public record LinkSettings(
    String link,
    boolean enabled,
    Source source,
    Sink sink,
    Optional<ProgressStore> progressStore,
    StartPosition startFrom,
    TopicMapper topicMapper,
    PartitionMapper partitionMapper,
    Optional<RecordTransform> transform,
    OffsetTranslator offsetTranslator,
    TopicSync topicSync,
    DeliveryGuarantee guarantee,
    long maxInFlightBytes,
    int lanes,
    Duration discoveryInterval,
    Duration closeTimeout,
    LinkMetrics metrics,
    ReplicationListener listener,
    Clock clock,
    SourceAbilities sourceAbilities,
    SinkAbilities sinkAbilities) {}
