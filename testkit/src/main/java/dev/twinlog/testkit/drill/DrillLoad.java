package dev.twinlog.testkit.drill;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongFunction;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes numbered records to a region at a constant rate, on a thread of its own, and remembers
 * which were acknowledged. A record that is not acknowledged may be in the log nevertheless.
 */
final class DrillLoad implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DrillLoad.class);
  private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  private final Producer<byte[], byte[]> producer;
  private final List<String> topics;
  private final LongFunction<byte[]> value;
  private final DrillIds ids;
  private final Map<Long, Instant> acknowledged = new ConcurrentHashMap<>();
  private final Thread thread;
  private volatile boolean stopping;

  DrillLoad(
      Region region, Set<String> topics, int perSecond, DrillIds ids, LongFunction<byte[]> value) {
    Map<String, Object> config = new HashMap<>(region.clientProperties());
    config.put("client.id", "drill-load-" + region.alias());
    config.put("acks", "all");
    config.put("linger.ms", "5");
    config.put("max.block.ms", "5000");
    config.put("request.timeout.ms", "3000");
    config.put("delivery.timeout.ms", "5000");
    this.producer =
        new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    this.topics = List.copyOf(topics);
    this.value = value;
    this.ids = ids;
    this.thread = new Thread(() -> run(perSecond), "drill-load-" + region.alias());
    thread.setDaemon(true);
    thread.start();
  }

  private void run(int perSecond) {
    long begin = System.nanoTime();
    long sent = 0;
    try {
      while (!stopping) {
        long due = (System.nanoTime() - begin) / 1_000 * perSecond / 1_000_000;
        for (; sent < due && !stopping; sent++) {
          send();
        }
        LockSupport.parkNanos(TICK_NANOS);
      }
    } catch (KafkaException e) {
      LOG.info("the load ends: {}", e.getMessage());
    }
  }

  private void send() {
    long id = ids.next();
    ProducerRecord<byte[], byte[]> next =
        new ProducerRecord<>(
            topics.get((int) (id % topics.size())), Values.key(id), value.apply(id));
    DrillIds.write(id, next.headers());
    var unused =
        producer.send(
            next,
            (metadata, refused) -> {
              if (refused == null) {
                acknowledged.put(id, Instant.now());
              }
            });
  }

  /** The records that were acknowledged so far, and when. */
  Map<Long, Instant> acknowledged() {
    return Map.copyOf(acknowledged);
  }

  /** How many were acknowledged so far. */
  int count() {
    return acknowledged.size();
  }

  /** Ends the load. Records on the way are awaited, unless the region is lost. */
  void stop(Duration atMost) throws InterruptedException {
    stopping = true;
    thread.join();
    producer.close(atMost);
  }

  @Override
  public void close() {
    stopping = true;
    producer.close(Duration.ZERO);
  }
}
