package dev.twinlog.internal.kafka.wire;

import dev.twinlog.internal.batch.Compression;
import dev.twinlog.internal.kafka.cluster.LazyAdmin;
import dev.twinlog.internal.kafka.cluster.TargetTopics;
import dev.twinlog.internal.kafka.wire.write.BatchWriters;
import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.SinkWriter;
import java.util.Optional;

/** The door to this room. Stateless. */
public final class BatchPath {
  private BatchPath() {}

  /**
   * Opens a writer.
   *
   * @param target the cluster to write
   * @param topics what is known of its topics
   * @param recompress how every batch is compressed, if not as it was
   */
  public static SinkWriter openWriter(
      LazyAdmin target,
      TargetTopics topics,
      PluginContext context,
      Optional<Compression> recompress) {
    return BatchWriters.open(target, topics, context, recompress);
  }
}
