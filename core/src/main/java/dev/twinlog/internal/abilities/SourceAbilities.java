package dev.twinlog.internal.abilities;

import dev.twinlog.spi.AclStore;
import dev.twinlog.spi.ChangeableSelection;
import dev.twinlog.spi.ConfigSource;
import dev.twinlog.spi.EncodedBatches;
import dev.twinlog.spi.GroupStore;
import dev.twinlog.spi.LinkedCluster;
import dev.twinlog.spi.LogEnds;
import dev.twinlog.spi.NamedCluster;
import dev.twinlog.spi.OpenTransactions;
import dev.twinlog.spi.ReadableLogs;
import dev.twinlog.spi.RemovalSource;
import dev.twinlog.spi.Source;
import dev.twinlog.spi.TopicSelection;
import dev.twinlog.spi.TopicSource;
import java.util.Optional;

/** What a source can do beyond reading: the further interfaces of the SPI that it implements. */
public record SourceAbilities(
    Optional<TopicSource> topics,
    Optional<TopicSelection> selection,
    Optional<ChangeableSelection> changeableSelection,
    Optional<OpenTransactions> openTransactions,
    Optional<LogEnds> logEnds,
    Optional<ConfigSource> configs,
    Optional<AclStore> acls,
    Optional<RemovalSource> removals,
    Optional<NamedCluster> name,
    Optional<LinkedCluster> cluster,
    Optional<EncodedBatches> encoded,
    Optional<GroupStore> groups,
    Optional<ReadableLogs> logs) {

  /** Finds out what a source can do. */
  public static SourceAbilities of(Source source) {
    return new SourceAbilities(
        Abilities.find(source, TopicSource.class),
        Abilities.find(source, TopicSelection.class),
        Abilities.find(source, ChangeableSelection.class),
        Abilities.find(source, OpenTransactions.class),
        Abilities.find(source, LogEnds.class),
        Abilities.find(source, ConfigSource.class),
        Abilities.find(source, AclStore.class),
        Abilities.find(source, RemovalSource.class),
        Abilities.find(source, NamedCluster.class),
        Abilities.find(source, LinkedCluster.class),
        Abilities.find(source, EncodedBatches.class),
        Abilities.find(source, GroupStore.class),
        Abilities.find(source, ReadableLogs.class));
  }

  /** Asks the source for the id of its cluster, if it is one; may block. */
  public Optional<String> clusterId() {
    return cluster.map(LinkedCluster::clusterId);
  }
}
