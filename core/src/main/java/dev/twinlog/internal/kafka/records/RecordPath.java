package dev.twinlog.internal.kafka.records;

import dev.twinlog.internal.kafka.cluster.ClientSettings;
import dev.twinlog.internal.kafka.cluster.LazyAdmin;
import dev.twinlog.internal.kafka.cluster.PartitionOffsets;
import dev.twinlog.internal.kafka.cluster.SinkPath;
import dev.twinlog.internal.kafka.cluster.TargetTopics;
import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.SourceReader;
import java.time.Duration;
import org.apache.kafka.clients.consumer.ConsumerConfig;

/** Opens readers and writers of the record path. Stateless. */
public final class RecordPath {
  private static final int KAFKA_WAIT_MS = 500;
  private static final int KAFKA_REQUEST_MS = 30_000;

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
    return new RecordsReader(
        ConsumerFactory.create(source.settings(), context, isolation, source.errors()),
        offsets,
        source.errors(),
        new HeaderKeyCheck(context),
        patienceNanos(source.settings()));
  }

  /**
   * Returns how long a leader may be silent: three fetches that wait for data, and half a request
   * timeout.
   */
  private static long patienceNanos(ClientSettings settings) {
    long wait = settings.number(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, KAFKA_WAIT_MS);
    long request = settings.number(ConsumerConfig.REQUEST_TIMEOUT_MS_CONFIG, KAFKA_REQUEST_MS);
    return Duration.ofMillis(3 * wait + request / 2).toNanos();
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
