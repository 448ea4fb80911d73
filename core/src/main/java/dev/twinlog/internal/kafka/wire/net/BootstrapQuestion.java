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
 * Asks the addresses of {@code bootstrap.servers}, over connections of its own, which brokers there
 * are; the first answer counts. Confined to one thread.
 */
public final class BootstrapQuestion implements Request.Answer {
  private static final Logger LOG = LoggerFactory.getLogger(BootstrapQuestion.class);
  private static final long MOST_IDLE_BYTES = 1 << 16;
  private static final long ROUND_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private @Nullable List<Metadata.Broker> told;

  private BootstrapQuestion() {}

  /**
   * The brokers as they advertise themselves; empty if no address answers in that time. Ends early
   * if the thread is interrupted.
   */
  public static Optional<List<Metadata.Broker>> ask(NetSettings settings, Duration patience) {
    BootstrapQuestion question = new BootstrapQuestion();
    try (Connections connections = new Connections(settings, new ReceivePool(MOST_IDLE_BYTES))) {
      question.ask(connections, settings.bootstrap(), System.nanoTime() + patience.toNanos());
    } catch (KafkaException e) {
      // what refuses us is told by the client that the question is about
      LOG.debug("can't ask for the brokers", e);
    }
    return Optional.ofNullable(question.told);
  }

  private void ask(Connections connections, List<Broker> addresses, long deadline) {
    long left = deadline - System.nanoTime();
    while (told == null && left > 0 && !Thread.currentThread().isInterrupted()) {
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
    told = Metadata.read(new MessageReader(received.payload())).brokers();
  }

  @Override
  public void lost(KafkaException cause) {
    // it is asked again, until its time is over
  }
}
