package dev.twinlog.internal.kafka.wire;

import dev.twinlog.internal.batch.Compression;
import dev.twinlog.internal.kafka.cluster.ClientSettings;
import dev.twinlog.internal.kafka.cluster.LazyAdmin;
import dev.twinlog.internal.kafka.cluster.PartitionOffsets;
import dev.twinlog.internal.kafka.cluster.ProducerRegistry;
import dev.twinlog.internal.kafka.cluster.SinkPath;
import dev.twinlog.internal.kafka.cluster.TargetTopics;
import dev.twinlog.internal.kafka.wire.net.BootstrapBrokers;
import dev.twinlog.internal.kafka.wire.net.ClientInternals;
import dev.twinlog.internal.kafka.wire.net.NetSettings;
import dev.twinlog.internal.kafka.wire.read.BatchReader;
import dev.twinlog.internal.kafka.wire.read.LeaderEpochCaches;
import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.SourceReader;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.Node;

/** Opens readers and writers of the batch path. Stateless. */
public final class BatchPath {
  private BatchPath() {}

  /** Why this path can't be used with the kafka-clients on the class path, if so. */
  public static Optional<String> problem() {
    return ClientInternals.problem();
  }

  /**
   * Asks a cluster where its brokers are, as {@link
   * dev.twinlog.internal.kafka.cluster.AdvertisedBrokers} describes.
   */
  public static Optional<List<Node>> advertised(ClientSettings cluster, Duration patience) {
    if (problem().isPresent()) {
      return Optional.empty();
    }
    return BootstrapBrokers.ask(NetSettings.unlogged(cluster.connections("probe")), patience)
        .map(
            brokers ->
                brokers.stream()
                    .map(each -> new Node(each.id(), each.host(), each.port()))
                    .toList());
  }

  /**
   * Opens a reader, which is always read-committed.
   *
   * @param source the cluster to read
   * @param offsets asked for the ends of a log that a position lies outside of
   * @param epochCaches of the source: what former readers have read
   */
  public static SourceReader openReader(
      LazyAdmin source,
      PartitionOffsets offsets,
      LeaderEpochCaches epochCaches,
      PluginContext context) {
    try {
      return BatchReader.open(source.settings(), offsets, epochCaches, source.errors(), context);
    } catch (RuntimeException e) {
      throw source.errors().link("open a reader", e);
    }
  }

  /**
   * Opens a reader that belongs to no link, is read-committed, and returns every batch as it is in
   * the log.
   *
   * @param offsets as for {@link #openReader}
   * @param maxBytes the most bytes that it may have read ahead, beside one response of each broker
   */
  public static SourceReader openLogReader(
      LazyAdmin cluster, PartitionOffsets offsets, long maxBytes) {
    try {
      return BatchReader.ofStoredBatches(cluster.settings(), offsets, cluster.errors(), maxBytes);
    } catch (RuntimeException e) {
      throw cluster.errors().link("open a reader", e);
    }
  }

  /**
   * The way into a cluster.
   *
   * @param target the cluster to write
   * @param topics what is known of its topics
   * @param recompress how every batch is compressed, if not as it was
   * @param producers takes the producer ids that are in no progress
   */
  public static SinkPath sink(
      LazyAdmin target,
      TargetTopics topics,
      Optional<Compression> recompress,
      ProducerRegistry producers) {
    return new BatchSink(target, topics, recompress, producers);
  }
}
