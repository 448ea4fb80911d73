package dev.twinlog.internal.kafka.wire.write;

import dev.twinlog.internal.batch.Compression;
import dev.twinlog.internal.kafka.cluster.ClientSettings;
import dev.twinlog.internal.kafka.cluster.LazyAdmin;
import dev.twinlog.internal.kafka.cluster.RecordCheck;
import dev.twinlog.internal.kafka.cluster.TargetTopics;
import dev.twinlog.internal.kafka.wire.net.NetSettings;
import dev.twinlog.spi.DrivenSinkWriter;
import dev.twinlog.spi.PluginContext;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.ProducerConfig;

/** Makes the writers of lanes. Stateless. */
public final class BatchWriters {
  private static final int MIB = 1 << 20;

  /** Below a broker's default {@code socket.request.max.bytes} of 100 MiB. */
  private static final int MAX_REQUEST_BYTES = 64 * MIB;

  private static final int MOST_IN_FLIGHT = 5;

  private BatchWriters() {}

  /** See {@link dev.twinlog.internal.kafka.wire.BatchPath#openWriter}. */
  public static DrivenSinkWriter open(
      LazyAdmin target,
      TargetTopics topics,
      PluginContext context,
      Optional<Compression> recompress) {
    ClientSettings client = target.settings();
    NetSettings net;
    LiveCluster cluster;
    try {
      net =
          NetSettings.of(
              client.connections("writer-%s-%d".formatted(context.link(), context.lane())));
      cluster = new LiveCluster(net);
    } catch (RuntimeException e) {
      throw target.errors().link("connect", e);
    }
    int maxRequest = client.number(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, MAX_REQUEST_BYTES);
    WriterSettings settings =
        new WriterSettings(
            client.number(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, MOST_IN_FLIGHT),
            maxRequest,
            (int) Math.min(Integer.MAX_VALUE, TimeUnit.NANOSECONDS.toMillis(net.requestNanos())),
            net.retryNanos(),
            net.retryMaxNanos(),
            context.maxInFlightBytes());
    Doors doors =
        new Doors(
            topics,
            RecordCheck.forBatches(target.errors().alias(), maxRequest),
            Compressions.of(topics, client, recompress),
            settings,
            context.clock());
    return new BatchWriter(cluster, target.errors(), doors, settings, System::nanoTime);
  }
}
