package dev.twinlog.internal.kafka.wire;

import dev.twinlog.internal.batch.Compression;
import dev.twinlog.internal.kafka.cluster.LazyAdmin;
import dev.twinlog.internal.kafka.cluster.PartitionOffsets;
import dev.twinlog.internal.kafka.cluster.SinkPath;
import dev.twinlog.internal.kafka.cluster.TargetTopics;
import dev.twinlog.internal.kafka.wire.net.ClassLinks;
import dev.twinlog.internal.kafka.wire.read.BatchReader;
import dev.twinlog.internal.kafka.wire.read.EpochHistories;
import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.SourceReader;
import java.util.Optional;

/** The door to this room. Stateless. */
public final class BatchPath {
  private BatchPath() {}

  /** Why this path can't be used with the kafka-clients on the class path, if so. */
  public static Optional<String> problem() {
    return ClassLinks.problem();
  }

  /**
   * Opens a reader, which is always read-committed.
   *
   * @param source the cluster to read
   * @param offsets asked for the ends of a log that a position lies outside of
   * @param histories of the source: what former readers have read
   */
  public static SourceReader openReader(
      LazyAdmin source, PartitionOffsets offsets, EpochHistories histories, PluginContext context) {
    try {
      return BatchReader.open(source.settings(), offsets, histories, source.errors(), context);
    } catch (RuntimeException e) {
      throw source.errors().link("open a reader", e);
    }
  }

  /**
   * The way into a cluster.
   *
   * @param target the cluster to write
   * @param topics what is known of its topics
   * @param recompress how every batch is compressed, if not as it was
   */
  public static SinkPath sink(
      LazyAdmin target, TargetTopics topics, Optional<Compression> recompress) {
    return new BatchSink(target, topics, recompress);
  }
}
