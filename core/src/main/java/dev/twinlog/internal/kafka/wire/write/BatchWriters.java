package dev.twinlog.internal.kafka.wire.write;

import dev.twinlog.internal.batch.Compression;
import dev.twinlog.internal.kafka.cluster.ClientSettings;
import dev.twinlog.internal.kafka.cluster.LazyAdmin;
import dev.twinlog.internal.kafka.cluster.RecordCheck;
import dev.twinlog.internal.kafka.cluster.TargetTopics;
import dev.twinlog.internal.kafka.wire.ledger.WriterSide;
import dev.twinlog.internal.kafka.wire.net.LiveCluster;
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

  /** Makes the writer of a lane; see {@link dev.twinlog.spi.Sink#openWriter}. */
  public static DrivenSinkWriter open(
      LazyAdmin target,
      TargetTopics topics,
      PluginContext context,
      Optional<Compression> recompress,
      WriterSide ledger) {
    ClientSettings client = target.settings();
    try {
      NetSettings net =
          NetSettings.of(
              client.connections("writer-%s-%d".formatted(context.link(), context.lane())));
      WriterSettings settings = settings(client, net, context);
      Doors doors =
          new Doors(
              topics,
              RecordCheck.forBatches(target.errors().alias(), settings.maxRequestBytes()),
              Compressions.of(topics, client, recompress),
              settings,
              context.clock());
      // the cluster last: it holds what must be closed, and only a writer would close it
      return new BatchWriter(
          new LiveCluster(net), target.errors(), doors, settings, System::nanoTime);
    } catch (RuntimeException e) {
      throw target.errors().link("connect", e);
    }
  }

  private static WriterSettings settings(
      ClientSettings client, NetSettings net, PluginContext context) {
    return new WriterSettings(
        client.number(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, MOST_IN_FLIGHT),
        client.number(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, MAX_REQUEST_BYTES),
        (int) Math.min(Integer.MAX_VALUE, TimeUnit.NANOSECONDS.toMillis(net.requestNanos())),
        net.retryNanos(),
        net.retryMaxNanos(),
        context.maxInFlightBytes());
  }
}
