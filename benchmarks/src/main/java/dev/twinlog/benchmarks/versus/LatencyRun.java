package dev.twinlog.benchmarks.versus;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Writes to the source at a fixed rate and reads from the target. A record carries the time when it
 * was due, not when the producer got to it, so that a stall delays no stamp. Producer and consumer
 * are in this JVM, on one clock.
 */
final class LatencyRun {
  /** Records a second: modest. */
  static final int RATE = 2000;

  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration DRAIN = Duration.ofSeconds(10);

  private final Clusters clusters;
  private final Duration limit;
  private final Duration warmUp;
  private final Duration measured;

  /**
   * @param limit how long the contender may take until it copies
   * @param warmUp how long it copies before anything is measured
   * @param measured how long that takes
   */
  LatencyRun(Clusters clusters, Duration limit, Duration warmUp, Duration measured) {
    this.clusters = clusters;
    this.limit = limit;
    this.warmUp = warmUp;
    this.measured = measured;
  }

  /** Runs it in a fresh JVM, from and into empty topics that are there. */
  Map<Measure, Double> run(Contender contender, Job job) {
    Marks.watch(clusters.targetJvm(), job.run(), job.topic(), 1);
    try (Child child = Child.start(contender.name(), contender.launch(job));
        KafkaProducer<byte[], byte[]> producer = producer(job);
        KafkaConsumer<byte[], byte[]> consumer = consumer(job)) {
      byte[] template = new JsonRecords().values(1, job.workload().recordBytes())[0];
      send(producer, job.topic(), template, System.nanoTime());
      long deadline = child.startNanos() + limit.toNanos();
      String[] first =
          Marks.await(clusters.targetJvm(), job.run(), 1, child, deadline, limit);
      Map<Measure, Double> values = new EnumMap<>(Measure.class);
      values.put(
          Measure.START_SECONDS, (Long.parseLong(first[3]) - child.startNanos()) / 1e9);
      long from = System.nanoTime() + warmUp.toNanos();
      long until = from + measured.toNanos();
      Thread writer =
          new Thread(() -> write(producer, job.topic(), template, until), "versus-writer");
      writer.start();
      measure(values, child, consumer, from);
      join(writer);
      values.put(Measure.PEAK_MB, child.sample().peakBytes() / 1e6);
      return values;
    }
  }

  private void measure(
      Map<Measure, Double> values,
      Child child,
      KafkaConsumer<byte[], byte[]> consumer,
      long from) {
    long until = from + measured.toNanos();
    read(consumer, from, from); // what is stamped before is thrown away
    Moment before = Moment.now(0, from, child, clusters);
    long[] latencies = read(consumer, from, until);
    Moment after = Moment.now(0, until, child, clusters);
    values.put(Measure.LATENCY_CPU_PERCENT_OF_A_CORE, after.contenderPercentSince(before));
    values.put(Measure.LATENCY_P50_MILLIS, Statistics.percentile(latencies, 0.5) / 1e6);
    values.put(Measure.LATENCY_P99_MILLIS, Statistics.percentile(latencies, 0.99) / 1e6);
    values.put(Measure.LATENCY_P999_MILLIS, Statistics.percentile(latencies, 0.999) / 1e6);
  }

  private static void write(
      KafkaProducer<byte[], byte[]> producer, String topic, byte[] template, long until) {
    long interval = TimeUnit.SECONDS.toNanos(1) / RATE;
    for (long due = System.nanoTime(); due < until; due += interval) {
      while (System.nanoTime() < due) {
        LockSupport.parkNanos(due - System.nanoTime());
      }
      send(producer, topic, template, due);
    }
    producer.flush();
  }

  private static void send(
      KafkaProducer<byte[], byte[]> producer, String topic, byte[] template, long due) {
    byte[] value = template.clone();
    ByteBuffer.wrap(value).putLong(due);
    producer.send(new ProducerRecord<>(topic, 0, null, value));
  }

  /**
   * The latencies of the records that were due in that interval, sorted. Returns when one has come
   * that was due at its end.
   */
  private static long[] read(KafkaConsumer<byte[], byte[]> consumer, long from, long until) {
    long interval = TimeUnit.SECONDS.toNanos(1) / RATE;
    long[] latencies = new long[Math.toIntExact((until - from) / interval + 1)];
    int count = 0;
    long deadline = until + DRAIN.toNanos();
    while (System.nanoTime() - deadline < 0) {
      for (ConsumerRecord<byte[], byte[]> read : consumer.poll(POLL)) {
        long due = ByteBuffer.wrap(read.value()).getLong();
        if (due >= from && due < until && count < latencies.length) {
          latencies[count++] = System.nanoTime() - due;
        }
        if (due >= until - interval) {
          long[] seen = Arrays.copyOf(latencies, count);
          Arrays.sort(seen);
          return seen;
        }
      }
    }
    throw new VersusException("records did not arrive within " + DRAIN.toSeconds() + " s");
  }

  private static void join(Thread writer) {
    try {
      writer.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new VersusException("interrupted while it measured", e);
    }
  }

  private static KafkaProducer<byte[], byte[]> producer(Job job) {
    Map<String, Object> settings = new HashMap<>();
    settings.put("bootstrap.servers", job.source());
    settings.put("acks", "all");
    settings.put("linger.ms", 0);
    settings.put("compression.type", job.workload().compression());
    return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
  }

  private static KafkaConsumer<byte[], byte[]> consumer(Job job) {
    KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of(
                "bootstrap.servers",
                job.target(),
                "auto.offset.reset",
                "earliest",
                "isolation.level",
                "read_committed"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
    TopicPartition partition = new TopicPartition(job.topic(), 0);
    consumer.assign(List.of(partition));
    return consumer;
  }
}
