package dev.twinlog.internal.abilities;

import dev.twinlog.spi.AclStore;
import dev.twinlog.spi.CleanCloseSink;
import dev.twinlog.spi.CompactedTopics;
import dev.twinlog.spi.ConfigSink;
import dev.twinlog.spi.DeadLetterSink;
import dev.twinlog.spi.EncodedBatches;
import dev.twinlog.spi.GroupStore;
import dev.twinlog.spi.LinkedCluster;
import dev.twinlog.spi.NamedCluster;
import dev.twinlog.spi.ReadableLogs;
import dev.twinlog.spi.RecoverableSink;
import dev.twinlog.spi.RemovalSink;
import dev.twinlog.spi.RouteGuarantees;
import dev.twinlog.spi.Sink;
import dev.twinlog.spi.StatefulSink;
import dev.twinlog.spi.TopicSink;
import dev.twinlog.spi.WritablePartitions;
import java.util.Optional;

/** What a sink can do beyond writing: the further interfaces of the SPI that it implements. */
public record SinkAbilities(
    Optional<RecoverableSink> recovery,
    Optional<CleanCloseSink> cleanClose,
    Optional<RouteGuarantees> guarantees,
    Optional<StatefulSink> state,
    Optional<TopicSink> topics,
    Optional<ConfigSink> configs,
    Optional<AclStore> acls,
    Optional<RemovalSink> removals,
    Optional<WritablePartitions> writable,
    Optional<NamedCluster> name,
    Optional<CompactedTopics> compacted,
    Optional<DeadLetterSink> deadLetters,
    Optional<LinkedCluster> cluster,
    Optional<EncodedBatches> encoded,
    Optional<GroupStore> groups,
    Optional<ReadableLogs> logs) {

  /** Finds out what a sink can do. */
  public static SinkAbilities of(Sink sink) {
    return new SinkAbilities(
        Abilities.find(sink, RecoverableSink.class),
        Abilities.find(sink, CleanCloseSink.class),
        Abilities.find(sink, RouteGuarantees.class),
        Abilities.find(sink, StatefulSink.class),
        Abilities.find(sink, TopicSink.class),
        Abilities.find(sink, ConfigSink.class),
        Abilities.find(sink, AclStore.class),
        Abilities.find(sink, RemovalSink.class),
        Abilities.find(sink, WritablePartitions.class),
        Abilities.find(sink, NamedCluster.class),
        Abilities.find(sink, CompactedTopics.class),
        Abilities.find(sink, DeadLetterSink.class),
        Abilities.find(sink, LinkedCluster.class),
        Abilities.find(sink, EncodedBatches.class),
        Abilities.find(sink, GroupStore.class),
        Abilities.find(sink, ReadableLogs.class));
  }

  /** Asks the target for the id of its cluster, if it is one; may block. */
  public Optional<String> clusterId() {
    return cluster.map(LinkedCluster::clusterId);
  }
}
