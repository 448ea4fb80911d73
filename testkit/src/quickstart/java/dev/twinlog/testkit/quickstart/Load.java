package dev.twinlog.testkit.quickstart;

import dev.twinlog.testkit.quickstart.ShopRecords.Sample;
import dev.twinlog.testkit.quickstart.ShopTopic.Codec;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/**
 * Writes sample records to the source: a backlog as fast as possible, then at a constant rate from
 * a thread of its own. The backlog and the start are confined to one thread; the figures may be
 * read by any thread.
 */
final class Load implements AutoCloseable {
  private static final long SEED = 20_260_101;
  private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

  private final Function<ShopTopic, String> names;
  private final ShopRecords samples = new ShopRecords(SEED);
  private final Map<Codec, Producer<String, String>> producers = new EnumMap<>(Codec.class);
  private final LongAdder acknowledged = new LongAdder();
  private final LongAdder bytes = new LongAdder();
  private final Map<TopicPartition, Long> ends = new ConcurrentHashMap<>();
  private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
  private volatile boolean stopping;
  private @Nullable Thread steady;

  /**
   * Connects a producer to the source.
   *
   * @param clientProperties of the source
   * @param names of the topics there
   */
  Load(Map<String, String> clientProperties, Function<ShopTopic, String> names) {
    this.names = names;
    for (Codec codec : Codec.values()) {
      Map<String, Object> config = new HashMap<>(clientProperties);
      config.put("client.id", "quickstart-load-" + codec.name().toLowerCase(Locale.ROOT));
      config.put("compression.type", codec.name().toLowerCase(Locale.ROOT));
      config.put("acks", "all");
      config.put("linger.ms", "5");
      config.put("batch.size", "65536");
      producers.put(
          codec, new KafkaProducer<>(config, new StringSerializer(), new StringSerializer()));
    }
  }

  /**
   * Writes that many records, all acknowledged on return.
   *
   * @throws IllegalStateException if one was refused
   */
  void backlog(int records) throws InterruptedException {
    for (int i = 0; i < records; i++) {
      if ((i & 0xfff) == 0) {
        check();
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
      }
      send(samples.next());
    }
    flush();
  }

  /** Continues with this many records per second. */
  void start(int perSecond) {
    Thread thread = new Thread(() -> steadily(perSecond), "quickstart-load");
    thread.setDaemon(true);
    steady = thread;
    thread.start();
  }

  /**
   * Ends the load; all records are acknowledged on return.
   *
   * @throws IllegalStateException if one was refused
   */
  void stop() throws InterruptedException {
    stopping = true;
    if (steady != null) {
      steady.join();
      steady = null;
    }
    flush();
  }

  /** How many records the source has acknowledged. */
  long acknowledged() {
    return acknowledged.sum();
  }

  /** The size of these records: keys, values and headers, before compression. */
  long bytes() {
    return bytes.sum();
  }

  /** The offset after the last acknowledged record. */
  long end(TopicPartition partition) {
    return ends.getOrDefault(partition, 0L);
  }

  /**
   * Fails if a record could not be written.
   *
   * @throws IllegalStateException if so; the cause says why
   */
  void check() {
    Exception cause = failure.get();
    if (cause != null) {
      throw new IllegalStateException(
          "the source did not take a record of the load: " + cause.getMessage(), cause);
    }
  }

  @Override
  public void close() {
    stopping = true;
    producers.values().forEach(producer -> producer.close(CLOSE_TIMEOUT));
  }

  private void flush() {
    producers.values().forEach(Producer::flush);
    check();
  }

  private void steadily(int perSecond) {
    long begin = System.nanoTime();
    long sent = 0;
    try {
      while (!stopping && failure.get() == null) {
        long due = (System.nanoTime() - begin) / 1000 * perSecond / 1_000_000;
        for (; sent < due; sent++) {
          send(samples.next());
        }
        LockSupport.parkNanos(TICK_NANOS);
      }
    } catch (RuntimeException e) {
      if (!stopping) {
        failure.compareAndSet(null, e);
      }
    }
  }

  private void send(Sample sample) {
    ProducerRecord<String, String> toSend =
        new ProducerRecord<>(
            names.apply(sample.topic()), null, sample.key(), sample.value(), sample.headers());
    Producer<String, String> producer = producers.get(sample.topic().codec());
    if (producer == null) {
      throw new IllegalStateException("no producer for " + sample.topic().codec());
    }
    int headers = sample.headerBytes();
    var unused = producer.send(toSend, (metadata, refused) -> answered(metadata, refused, headers));
  }

  private void answered(RecordMetadata metadata, @Nullable Exception refused, int headers) {
    if (refused != null) {
      failure.compareAndSet(null, refused);
      return;
    }
    acknowledged.increment();
    bytes.add(
        headers
            + Math.max(0, metadata.serializedKeySize())
            + Math.max(0, metadata.serializedValueSize()));
    ends.merge(
        new TopicPartition(metadata.topic(), metadata.partition()),
        metadata.offset() + 1,
        Long::max);
  }
}
