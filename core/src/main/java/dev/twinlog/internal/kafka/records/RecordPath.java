package dev.twinlog.internal.kafka.records;

import dev.twinlog.internal.kafka.cluster.LazyAdmin;
import dev.twinlog.internal.kafka.cluster.PartitionOffsets;
import dev.twinlog.internal.kafka.cluster.SinkPath;
import dev.twinlog.internal.kafka.cluster.TargetTopics;
import dev.twinlog.internal.kafka.records.read.RecordsReader;
import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.SourceReader;

/** Opens readers and writers of the record path. Stateless. */
public final class RecordPath {
  private RecordPath() {}

  /**
   * Opens a reader.
   *
   * @param source the cluster to read
   * @param offsets looks up the ends of a log that does not contain a position
   * @param isolation {@code read_committed} or {@code read_uncommitted}
   */
  public static SourceReader openReader(
      LazyAdmin source, PartitionOffsets offsets, String isolation, PluginContext context) {
    return RecordsReader.open(source, offsets, isolation, context);
  }

  /**
   * Returns the record path's access to a target cluster.
   *
   * @param target the cluster to write
   * @param topics the limits and settings of its topics
   */
  public static SinkPath sink(LazyAdmin target, TargetTopics topics) {
    return new RecordSink(target, topics);
  }
}
