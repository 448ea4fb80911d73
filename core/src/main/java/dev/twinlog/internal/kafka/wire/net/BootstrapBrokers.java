package dev.twinlog.internal.kafka.wire.net;

import dev.twinlog.internal.kafka.wire.message.Api;
import dev.twinlog.internal.kafka.wire.message.MessageReader;
import dev.twinlog.internal.kafka.wire.message.Metadata;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Requests the brokers of a cluster from the addresses in {@code bootstrap.servers}, over
 * connections of its own; the first response wins. Confined to one thread.
 */
public final class BootstrapBrokers implements Request.ResponseHandler {
  private static final Logger LOG = LoggerFactory.getLogger(BootstrapBrokers.class);
  private static final long ROUND_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private @Nullable List<Metadata.Broker> brokers;

  private BootstrapBrokers() {}

  /**
   * The brokers as they advertise themselves; empty if no address responds within {@code patience}.
   * Ends early if the thread is interrupted.
   */
  public static Optional<List<Metadata.Broker>> ask(NetSettings settings, Duration patience) {
    BootstrapBrokers request = new BootstrapBrokers();
    try (Connections connections = new Connections(settings, new ReceivePool())) {
      request.ask(connections, settings.bootstrap(), System.nanoTime() + patience.toNanos());
    } catch (KafkaException e) {
      // the client that asked for the brokers reports the cause when it connects
      LOG.debug("can't request the brokers", e);
    }
    return Optional.ofNullable(request.brokers);
  }

  private void ask(Connections connections, List<Broker> addresses, long deadline) {
    long left = deadline - System.nanoTime();
    while (brokers == null && left > 0 && !Thread.currentThread().isInterrupted()) {
      for (Broker address : addresses) {
        if (connections.ready(address) && connections.inFlight(address) == 0) {
          short version = connections.version(address, Api.METADATA);
          connections.send(
              address, new Request(Api.METADATA, version, Metadata.request(List.of()), this));
        }
      }
      connections.poll(Math.min(left, ROUND_NANOS));
      left = deadline - System.nanoTime();
    }
  }

  @Override
  public void answered(Received received) {
    brokers = Metadata.read(new MessageReader(received.payload())).brokers();
  }

  @Override
  public void lost(KafkaException cause) {
    // requested again until the deadline
  }
}
