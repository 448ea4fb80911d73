package dev.twinlog.internal.engine;

import dev.twinlog.spi.LinkedCluster;
import dev.twinlog.spi.OpenTransactions;
import dev.twinlog.spi.Source;
import dev.twinlog.spi.TopicSelection;
import dev.twinlog.spi.TopicSource;
import java.util.Optional;

/** What a source can do beyond reading: the further interfaces of the SPI that it implements. */
public record SourceAbilities(
    Optional<TopicSource> topics,
    Optional<TopicSelection> selection,
    Optional<OpenTransactions> openTransactions,
    Optional<LinkedCluster> cluster) {

  /** Finds out what a source can do. */
  public static SourceAbilities of(Source source) {
    return new SourceAbilities(
        Abilities.find(source, TopicSource.class),
        Abilities.find(source, TopicSelection.class),
        Abilities.find(source, OpenTransactions.class),
        Abilities.find(source, LinkedCluster.class));
  }

  /** Asks the source for the id of its cluster, if it is one; may block. */
  Optional<String> clusterId() {
    return cluster.map(LinkedCluster::clusterId);
  }
}
