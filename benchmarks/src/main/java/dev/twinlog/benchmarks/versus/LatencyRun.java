package dev.twinlog.benchmarks.versus;

import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Measures latency: writes to the source at a fixed rate and reads from the target. Producer and
 * consumer are in this JVM, on one clock. The reader takes committed records only, which costs
 * nothing where there are no transactions.
 */
final class LatencyRun {
  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration DRAIN = Duration.ofSeconds(10);
  private static final int SIGNIFICANT_DIGITS = 3;

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
        PacedWriter writer = new PacedWriter(job);
        KafkaConsumer<byte[], byte[]> consumer = consumer(job)) {
      writer.writeOne();
      long deadline = child.startNanos() + limit.toNanos();
      String[] first = Marks.await(clusters.targetJvm(), job.run(), 1, child, deadline, limit);
      Map<Measure, Double> values = new EnumMap<>(Measure.class);
      values.put(Measure.START_SECONDS, (Long.parseLong(first[3]) - child.startNanos()) / 1e9);
      measure(values, child, writer, consumer);
      values.put(Measure.PEAK_MB, child.sample().peakBytes() / 1e6);
      return values;
    }
  }

  private void measure(
      Map<Measure, Double> values,
      Child child,
      PacedWriter writer,
      KafkaConsumer<byte[], byte[]> consumer) {
    long from = System.nanoTime() + warmUp.toNanos();
    long until = from + measured.toNanos();
    Thread writing = new Thread(() -> writer.writeUntil(until), "versus-writer");
    writing.start();
    try {
      read(consumer, from, from); // what was due before is thrown away
      UsageSnapshot before = UsageSnapshot.now(0, from, child, clusters);
      Histogram latencies = read(consumer, from, until);
      UsageSnapshot after = UsageSnapshot.now(0, until, child, clusters);
      values.put(Measure.LATENCY_CPU_PERCENT_OF_A_CORE, after.contenderPercentSince(before));
      values.put(Measure.LATENCY_P50_MILLIS, millis(latencies, 50));
      values.put(Measure.LATENCY_P99_MILLIS, millis(latencies, 99));
      values.put(Measure.LATENCY_P999_MILLIS, millis(latencies, 99.9));
    } finally {
      join(writing);
      writer.requireNoFailure();
    }
  }

  private static double millis(Histogram latencies, double percentile) {
    return latencies.getValueAtPercentile(percentile) / 1e6;
  }

  /**
   * The latencies in nanoseconds of the records that were due in that interval. Returns when the
   * last of them has come.
   */
  private static Histogram read(KafkaConsumer<byte[], byte[]> consumer, long from, long until) {
    Histogram latencies = new Histogram(SIGNIFICANT_DIGITS);
    long deadline = until + DRAIN.toNanos();
    while (System.nanoTime() - deadline < 0) {
      for (ConsumerRecord<byte[], byte[]> read : consumer.poll(POLL)) {
        long due = PacedWriter.due(read.value());
        if (due >= from && due < until) {
          latencies.recordValue(System.nanoTime() - due);
        }
        if (due >= until - PacedWriter.INTERVAL_NANOS) {
          return latencies;
        }
      }
    }
    throw new VersusException(
        "records did not arrive within " + DRAIN.toSeconds() + " s after the last was due");
  }

  private static void join(Thread writing) {
    try {
      writing.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new VersusException("interrupted while it measured", e);
    }
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
    consumer.assign(List.of(new TopicPartition(job.topic(), 0)));
    return consumer;
  }
}
