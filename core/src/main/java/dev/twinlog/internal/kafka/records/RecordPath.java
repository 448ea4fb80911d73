package dev.twinlog.internal.kafka.records;

import dev.twinlog.internal.kafka.cluster.LazyAdmin;
import dev.twinlog.internal.kafka.cluster.PartitionOffsets;
import dev.twinlog.internal.kafka.cluster.SinkPath;
import dev.twinlog.internal.kafka.cluster.TargetTopics;
import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.SourceReader;

/** The door to this room. Stateless. */
public final class RecordPath {
  private RecordPath() {}

  /**
   * Opens a reader.
   *
   * @param source the cluster to read
   * @param offsets asked for the ends of a log that a position lies outside of
   * @param isolation {@code read_committed} or {@code read_uncommitted}
   */
  public static SourceReader openReader(
      LazyAdmin source, PartitionOffsets offsets, String isolation, PluginContext context) {
    return new RecordsReader(
        ConsumerFactory.create(source.settings(), context, isolation, source.errors()),
        offsets,
        source.errors(),
        new HeaderKeys(context));
  }

  /**
   * The way into a cluster.
   *
   * @param target the cluster to write
   * @param topics what is known of its topics
   */
  public static SinkPath sink(LazyAdmin target, TargetTopics topics) {
    return new RecordSink(target, topics);
  }
}
