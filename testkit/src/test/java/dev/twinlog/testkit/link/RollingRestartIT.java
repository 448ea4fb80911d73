package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.Replicator;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.MirrorComparison;
import dev.twinlog.testkit.MirrorReport;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import java.util.HashMap;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tests a link under load while the brokers of both clusters are restarted one after the other. */
@TwinClusters(brokers = 3, config = "broker.session.timeout.ms=3000")
@Tag("long-on-records")
@Tag("long")
final class RollingRestartIT {

  @Test
  void brokersOfBothSidesLeaveAndComeBack(TwinKafka twin) throws Exception {
    String orders = twin.topic("orders");
    twin.source().createTopic(orders, 3);
    Heard heard = new Heard();
    try (Replicator replicator =
            Links.link(twin.source(), twin.target(), orders).onEvent(heard).build();
        Load load = new Load(twin.source(), orders)) {
      replicator.start();
      for (EmbeddedKafka side : new EmbeddedKafka[] {twin.target(), twin.source()}) {
        for (int broker = 0; broker < 2; broker++) {
          side.stopBroker(broker);
          side.startBroker(broker);
        }
      }
      load.stop();
      Links.awaitCaughtUp(replicator);
      Links.awaitRunning(replicator);
    }
    MirrorReport report =
        MirrorComparison.between(twin.source(), twin.target()).topic(orders).report();
    System.out.printf("rolling restart of both sides: %s%n", report);
    assertThat(report.isExact()).as("%s", report.examples()).isTrue();
    assertThat(report.copied()).isGreaterThan(300);
    assertThat(KafkaTopics.of(twin.target()).ends(orders)).hasSize(3);
  }

  /** A few hundred records a second. */
  private static final class Load implements AutoCloseable {
    private final KafkaProducer<byte[], byte[]> producer;
    private final Thread thread;
    private volatile boolean stopped;

    Load(EmbeddedKafka source, String topic) {
      producer =
          new KafkaProducer<>(
              new HashMap<>(source.clientProperties()),
              new ByteArraySerializer(),
              new ByteArraySerializer());
      thread =
          new Thread(
              () -> {
                for (int i = 0; !stopped; i++) {
                  byte[] value = Links.bytes("value-" + i);
                  var unused = producer.send(new ProducerRecord<>(topic, i % 3, value, value));
                  LockSupport.parkNanos(3_000_000);
                }
                producer.flush();
              },
              "load");
      thread.start();
    }

    void stop() throws InterruptedException {
      stopped = true;
      thread.join();
    }

    @Override
    public void close() throws InterruptedException {
      stop();
      producer.close();
    }
  }
}
