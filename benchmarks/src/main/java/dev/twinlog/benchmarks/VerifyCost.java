package dev.twinlog.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import dev.twinlog.Replicator;
import dev.twinlog.Verdict;
import dev.twinlog.VerifyOptions;
import dev.twinlog.VerifyReport;
import dev.twinlog.kafka.Compression;
import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaLinks;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.testkit.ChildKafka;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.TestKafka;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * What a verification costs: source bytes per second of CPU time of the thread that verifies, per
 * second, and memory; of a copy whose batches are the source's, and of one that was recompressed,
 * which is compared record by record.
 *
 * <p>Two brokers run in JVMs of their own. CPU time is that of this process, so other programs
 * hardly change it. Memory is what collections, one after the other, leave in the heap, and the
 * buffers outside of it, at most and beyond what there was before, in a run of its own.
 *
 * <pre>{@code
 * java -Xmx1g -cp benchmarks/target/benchmarks.jar dev.twinlog.benchmarks.VerifyCost 2000
 * }</pre>
 */
public final class VerifyCost {
  private static final int PARTITIONS = 4;
  private static final int RECORD_BYTES = 1_000;
  private static final int RUNS = 5;
  private static final Duration LIMIT = Duration.ofMinutes(30);

  private final KafkaCluster source;
  private final KafkaCluster target;

  private VerifyCost(TestKafka source, TestKafka target) {
    this.source = KafkaCluster.of("source", source.bootstrapServers());
    this.target = KafkaCluster.of("target", target.bootstrapServers());
  }

  /**
   * Measures, and prints a table.
   *
   * @param args how many megabytes the source topic has; 2,000 by default
   */
  public static void main(String[] args) throws Exception {
    System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "error");
    long megabytes = args.length > 0 ? Long.parseLong(args[0]) : 2_000;
    try (ChildKafka source = ChildKafka.builder().jvmArgs("-Xmx1g").start();
        ChildKafka target = ChildKafka.builder().jvmArgs("-Xmx1g").start()) {
      VerifyCost cost = new VerifyCost(source, target);
      System.out.println(
          "| copy | records | MB | source MB/s of CPU, median of %d | source MB/s | memory, MB |%n| --- | ---: | ---: | ---: | ---: | ---: |"
              .formatted(RUNS));
      long records = megabytes * 1_000_000 / RECORD_BYTES;
      load(source, "plain", records, "none");
      cost.copy("plain", KafkaSink.to(cost.target).build());
      cost.measure("plain", "the same batches, uncompressed");
      load(source, "packed", records, "lz4");
      cost.copy("packed", KafkaSink.to(cost.target).build());
      cost.measure("packed", "the same batches, lz4");
      load(source, "other", records / 4, "none");
      cost.copy("other", KafkaSink.to(cost.target).recompress(Compression.LZ4).build());
      cost.measure("other", "recompressed, compared by records");
    }
  }

  private static void load(TestKafka to, String topic, long records, String codec)
      throws Exception {
    KafkaTopics.of(to).create(topic, PARTITIONS, Map.of());
    Map<String, Object> config = new HashMap<>(to.clientProperties());
    config.put("compression.type", codec);
    config.put("batch.size", 256 * 1024);
    config.put("linger.ms", 20);
    ByteArraySerializer bytes = new ByteArraySerializer();
    Random random = new Random(1);
    byte[] half = new byte[RECORD_BYTES / 2];
    random.nextBytes(half);
    AtomicLong failed = new AtomicLong();
    try (Producer<byte[], byte[]> producer = new KafkaProducer<>(config, bytes, bytes)) {
      Future<?> last = null;
      for (long i = 0; i < records; i++) {
        byte[] value = Arrays.copyOf(half, RECORD_BYTES - 20);
        for (int at = half.length; at < value.length; at++) {
          value[at] = (byte) ('a' + (i + at) % 20);
        }
        byte[] key = ("key-" + i % 1_000_000).getBytes(StandardCharsets.UTF_8);
        last =
            producer.send(
                new ProducerRecord<>(topic, (int) (i % PARTITIONS), key, value),
                (sent, cause) -> failed.addAndGet(cause == null ? 0 : 1));
      }
      if (last != null) {
        last.get();
      }
    }
    if (failed.get() > 0) {
      throw new IllegalStateException(failed + " records were refused");
    }
  }

  private void copy(String topic, KafkaSink sink) throws Exception {
    try (Replicator replicator =
        Replicator.builder()
            .link(topic)
            .source(KafkaSource.from(source).topics(TopicSelector.named(topic)).build())
            .sink(sink)
            .build()) {
      replicator.start();
      if (!replicator.awaitCaughtUp(LIMIT)) {
        throw new IllegalStateException("not copied: " + replicator.status());
      }
      System.err.println(topic + ": " + replicator.status().handling());
    }
  }

  private void measure(String link, String name) throws InterruptedException {
    double[] perCpu = new double[RUNS];
    double[] perSecond = new double[RUNS];
    long memory;
    Memory used = new Memory();
    try { // and warms up
      verify(link);
      memory = used.greatest();
    } finally {
      used.end();
    }
    VerifyReport report = verify(link);
    for (int run = 0; run < RUNS; run++) {
      long cpu = cpuNanos();
      report = verify(link);
      perCpu[run] = report.bytes() * 1e3 / (cpuNanos() - cpu);
      perSecond[run] = report.bytes() * 1e3 / report.took().toNanos();
    }
    Arrays.sort(perCpu);
    Arrays.sort(perSecond);
    System.out.printf(
        "| %s | %,d | %,d | %,.0f | %,.0f | %.0f |%n",
        name,
        report.records(),
        report.bytes() / 1_000_000,
        perCpu[RUNS / 2],
        perSecond[RUNS / 2],
        memory / 1e6);
  }

  private VerifyReport verify(String link) {
    VerifyReport report = KafkaLinks.verify(source, target, link, VerifyOptions.defaults());
    if (report.verdict() != Verdict.EXACT) {
      throw new IllegalStateException(report.toString());
    }
    return report;
  }

  private static long cpuNanos() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  /** The greatest memory beyond that at its creation: what collections leave, and buffers. */
  private static final class Memory {
    private final long before;
    private final Thread watcher;
    private volatile long greatest;
    private volatile boolean ended;

    Memory() throws InterruptedException {
      for (int i = 0; i < 5; i++) { // the buffers of former clients are freed after a collection
        System.gc();
        TimeUnit.MILLISECONDS.sleep(200);
      }
      before = used();
      watcher = new Thread(this::watch, "memory");
      watcher.start();
    }

    private void watch() {
      while (!ended) {
        System.gc();
        greatest = Math.max(greatest, used());
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
      }
    }

    private static long used() {
      return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed()
          + ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
              .mapToLong(BufferPoolMXBean::getMemoryUsed)
              .sum();
    }

    long greatest() {
      return greatest - before;
    }

    void end() throws InterruptedException {
      ended = true;
      watcher.join();
    }
  }
}
