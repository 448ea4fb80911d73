package dev.twinlog.benchmarks.versus;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Writes records at a fixed rate. A record carries the time when it was due, not when it was sent:
 * a stall would otherwise hide the latency that it causes (coordinated omission).
 */
final class PacedWriter implements AutoCloseable {
  /** Records a second: modest. */
  static final int RATE = 2000;

  /** Between two records. */
  static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(1) / RATE;

  private final String topic;
  private final byte[] template;
  private final KafkaProducer<byte[], byte[]> producer;
  private final AtomicReference<Exception> failure = new AtomicReference<>();

  PacedWriter(Job job) {
    topic = job.topic();
    template = new JsonRecords().values(1, job.workload().recordBytes())[0];
    Map<String, Object> settings = new HashMap<>();
    settings.put("bootstrap.servers", job.source());
    settings.put("acks", "all");
    settings.put("linger.ms", 0);
    settings.put("compression.type", job.workload().compression());
    producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
  }

  /** When the record was due, by this JVM's monotonic clock. */
  static long due(byte[] value) {
    return ByteBuffer.wrap(value).getLong();
  }

  /** Writes one record that is due now. */
  void writeOne() {
    send(System.nanoTime());
    producer.flush();
  }

  /** Writes until then, on the calling thread. */
  void writeUntil(long until) {
    for (long due = System.nanoTime(); due < until; due += INTERVAL_NANOS) {
      while (System.nanoTime() < due) {
        LockSupport.parkNanos(due - System.nanoTime());
      }
      send(due);
    }
    producer.flush();
  }

  /** Fails if a record was refused. */
  void requireNoFailure() {
    Exception first = failure.get();
    if (first != null) {
      throw new VersusException("the source refused a record: " + first.getMessage(), first);
    }
  }

  @SuppressWarnings("FutureReturnValueIgnored") // the callback gets the failure
  private void send(long due) {
    byte[] value = template.clone();
    ByteBuffer.wrap(value).putLong(due);
    producer.send(
        new ProducerRecord<>(topic, 0, null, value),
        (metadata, e) -> {
          if (e != null) {
            failure.compareAndSet(null, e);
          }
        });
  }

  @Override
  public void close() {
    producer.close();
  }
}
