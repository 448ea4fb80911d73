package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twinlog.testkit.TestKafka;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Produces records from a thread of its own until {@link #close()}: to all partitions in turn, each
 * with its own number as its value, padded with dots.
 */
final class Load implements AutoCloseable {
  private static final int BURST = 50;

  private final String topic;
  private final byte[] padding;
  private final Producer<byte[], byte[]> producer;
  private final AtomicLong sent = new AtomicLong();
  private final ConcurrentLinkedQueue<Exception> failures = new ConcurrentLinkedQueue<>();
  private final Thread thread = new Thread(this::run, "load");
  private volatile int partitions;
  private volatile boolean over;

  private Load(TestKafka kafka, String topic, int partitions, int recordBytes) {
    this.topic = topic;
    this.partitions = partitions;
    this.padding = ".".repeat(recordBytes).getBytes(StandardCharsets.UTF_8);
    Map<String, Object> config = new HashMap<>(kafka.clientProperties());
    config.put("acks", "all");
    config.put("linger.ms", "5");
    config.put("metadata.max.age.ms", "100");
    this.producer =
        new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
  }

  static Load on(TestKafka kafka, String topic, int partitions, int recordBytes) {
    Load load = new Load(kafka, topic, partitions, recordBytes);
    load.thread.start();
    return load;
  }

  /** From now on records go to this many partitions. */
  void partitions(int count) {
    partitions = count;
  }

  /** Waits until this many more records were acknowledged. */
  void awaitSent(int more) {
    long goal = sent.get() + more;
    await().atMost(Links.LIMIT).until(() -> sent.get() >= goal || !failures.isEmpty());
    assertThat(failures).isEmpty();
  }

  /** How many records were acknowledged. */
  long sent() {
    return sent.get();
  }

  private void run() {
    for (int number = 0; !over; ) {
      List<Future<?>> burst = new ArrayList<>();
      for (int i = 0; i < BURST; i++, number++) {
        byte[] text = Links.bytes(Integer.toString(number));
        byte[] value = padding.clone();
        System.arraycopy(text, 0, value, 0, Math.min(text.length, value.length));
        burst.add(producer.send(new ProducerRecord<>(topic, number % partitions, text, value)));
      }
      for (Future<?> one : burst) {
        try {
          one.get();
          sent.incrementAndGet();
        } catch (Exception e) {
          failures.add(e);
          return;
        }
      }
    }
  }

  /** Stops producing and waits until everything is acknowledged. Idempotent. */
  @Override
  public void close() throws InterruptedException {
    over = true;
    thread.join();
    producer.close();
    assertThat(failures).isEmpty();
  }
}
