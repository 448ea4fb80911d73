package dev.twinlog.internal.kafka.wire.write;

import dev.twinlog.internal.batch.Compression;
import dev.twinlog.internal.kafka.cluster.ClientSettings;
import dev.twinlog.internal.kafka.cluster.KafkaErrors;
import dev.twinlog.internal.kafka.cluster.LazyAdmin;
import dev.twinlog.internal.kafka.cluster.RecordCheck;
import dev.twinlog.internal.kafka.cluster.TargetTopics;
import dev.twinlog.internal.kafka.wire.ledger.session.SteadyClock;
import dev.twinlog.internal.kafka.wire.ledger.session.WriterSide;
import dev.twinlog.internal.kafka.wire.net.Cluster;
import dev.twinlog.internal.kafka.wire.net.LiveCluster;
import dev.twinlog.internal.kafka.wire.net.NetSettings;
import dev.twinlog.internal.kafka.wire.write.batch.CompressionPolicy;
import dev.twinlog.internal.kafka.wire.write.batch.ProduceBatchFactory;
import dev.twinlog.internal.kafka.wire.write.batch.WriterSettings;
import dev.twinlog.internal.kafka.wire.write.identity.IdentityContext;
import dev.twinlog.internal.kafka.wire.write.identity.IdentityProvider;
import dev.twinlog.internal.kafka.wire.write.identity.LedgerIdentityProvider;
import dev.twinlog.internal.kafka.wire.write.identity.LocalIdentityProvider;
import dev.twinlog.spi.DrivenSinkWriter;
import dev.twinlog.spi.PluginContext;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.kafka.clients.producer.ProducerConfig;

/** Creates the writers of lanes. Stateless. */
public final class BatchWriterFactory {
  private static final int MIB = 1 << 20;

  /** Below a broker's default {@code socket.request.max.bytes} of 100 MiB. */
  private static final int MAX_REQUEST_BYTES = 64 * MIB;

  private static final int MOST_IN_FLIGHT = 5;

  /** The default of Kafka's clients. */
  private static final int REQUEST_TIMEOUT_MS = 30_000;

  private BatchWriterFactory() {}

  /** Creates the writer of a lane; see {@link dev.twinlog.spi.Sink#openWriter}. */
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
      Target into = new Target(client, net, topics, recompress);
      return over(() -> new LiveCluster(net), System::nanoTime, into, context, ledger);
    } catch (RuntimeException e) {
      throw target.errors().link("connect", e);
    }
  }

  /**
   * The target cluster as a writer needs it.
   *
   * @param topics the limits and settings of its topics
   * @param recompress the compression of every batch; if empty, batches keep theirs
   */
  public record Target(
      ClientSettings client,
      NetSettings net,
      TargetTopics topics,
      Optional<Compression> recompress) {}

  /**
   * As {@link #open}, with the caller's connections and clock.
   *
   * @param connections creates them; the writer closes them
   */
  public static DrivenSinkWriter over(
      Supplier<Cluster> connections,
      LongSupplier nanoTime,
      Target target,
      PluginContext context,
      WriterSide ledger) {
    KafkaErrors errors = new KafkaErrors(target.client());
    WriterSettings settings = settings(target.client(), target.net(), context);
    ProduceBatchFactory factory =
        new ProduceBatchFactory(
            target.topics(),
            RecordCheck.forBatches(errors.alias(), settings.maxRequestBytes()),
            CompressionPolicy.of(target.topics(), target.client(), target.recompress()),
            settings,
            context.clock());
    // created last, since only a writer would close it
    Cluster cluster = connections.get();
    IdentityProvider identities =
        context.exactlyOnce()
            ? new LedgerIdentityProvider(
                new IdentityContext(
                    ledger,
                    new IdentityContext.Leases(context.lease(), context::lease),
                    new SteadyClock(context.clock(), nanoTime),
                    nanoTime),
                cluster::wakeup)
            : new LocalIdentityProvider(cluster, errors, settings, ledger.producers(), nanoTime);
    return new BatchWriter(
        new WriterContext(
            cluster,
            errors,
            identities,
            factory,
            settings,
            context::retrying,
            context::throttledByBroker,
            nanoTime));
  }

  /**
   * Returns how long requests may outlive their connection: a broker handles the requests of a
   * connection one after the other, and each may wait for replicas up to its timeout.
   */
  public static Duration maxRequestLifetime(ClientSettings client) {
    return Duration.ofMillis(
            client.number(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, REQUEST_TIMEOUT_MS))
        .multipliedBy(mostInFlight(client));
  }

  private static int mostInFlight(ClientSettings client) {
    return client.number(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, MOST_IN_FLIGHT);
  }

  private static WriterSettings settings(
      ClientSettings client, NetSettings net, PluginContext context) {
    return new WriterSettings(
        mostInFlight(client),
        client.number(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, MAX_REQUEST_BYTES),
        (int) Math.min(Integer.MAX_VALUE, TimeUnit.NANOSECONDS.toMillis(net.requestNanos())),
        net.retryNanos(),
        net.retryMaxNanos(),
        context.maxInFlightBytes());
  }
}
