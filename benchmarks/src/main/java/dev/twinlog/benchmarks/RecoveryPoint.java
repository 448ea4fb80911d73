package dev.twinlog.benchmarks;

import dev.twinlog.FailoverOptions;
import dev.twinlog.FailoverReport;
import dev.twinlog.GroupSync;
import dev.twinlog.Replicator;
import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaLinks;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.testkit.ChildKafka;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.NetworkLink;
import dev.twinlog.testkit.child.ChildJvm;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * How many records are lost when the source is killed under load, and what the report of the
 * failover says of it: the recovery point.
 *
 * <p>Each round has a topic and a link of its own, which reads the source over a network with a
 * round trip of 20 ms. A producer writes 10,000 records a second; after some seconds the source's
 * broker is killed, and in every other round the JVM of the link with it, so that a JVM that has
 * never run the link fails it over. Lost is what the source had acknowledged and the target does
 * not have.
 *
 * <pre>{@code
 * java -cp benchmarks/target/benchmarks.jar dev.twinlog.benchmarks.RecoveryPoint 20
 * }</pre>
 */
public final class RecoveryPoint {
  private static final int PARTITIONS = 8;
  private static final int PER_SECOND = 10_000;
  private static final Duration ROUND_TRIP = Duration.ofMillis(20);
  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final String FAILED_OVER = "failed over: ";

  private final ChildKafka source;
  private final ChildKafka target;
  private final NetworkLink far;

  private RecoveryPoint(ChildKafka source, ChildKafka target, NetworkLink far) {
    this.source = source;
    this.target = target;
    this.far = far;
  }

  /** What a round has shown; an estimate that isn't known is negative. */
  private record Round(boolean linkKilled, long lost, long atMost, long estimate) {}

  /**
   * Measures, and prints a table.
   *
   * @param args how many rounds, 20 by default; or, for the JVMs that it starts, what they do
   */
  public static void main(String[] args) throws Exception {
    System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "off");
    if (args.length == 4 && args[0].equals("run")) {
      runLink(args[1], args[2], args[3]);
      return;
    }
    int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 20;
    try (NetworkLink far = NetworkLink.builder().roundTrip(ROUND_TRIP).start();
        ChildKafka source = ChildKafka.builder().via(far).start();
        ChildKafka target = ChildKafka.builder().start()) {
      new RecoveryPoint(source, target, far).run(rounds);
    }
  }

  private void run(int rounds) throws Exception {
    List<Round> all = new ArrayList<>();
    for (int i = 0; i < rounds; i++) {
      Round one = round("orders-" + i, i % 2 == 1);
      all.add(one);
      System.err.println(one);
      source.restart();
    }
    System.out.println("| | lost p50 | p99 | estimate p50 | p99 | below the truth |");
    System.out.println("| --- | ---: | ---: | ---: | ---: | ---: |");
    print("failed over by the JVM that runs the link", all, false);
    print("the link's JVM killed as well", all, true);
  }

  private static void print(String what, List<Round> all, boolean linkKilled) {
    List<Round> some = all.stream().filter(one -> one.linkKilled() == linkKilled).toList();
    if (some.isEmpty()) {
      return;
    }
    long[] lost = some.stream().mapToLong(Round::lost).sorted().toArray();
    long[] estimates = some.stream().mapToLong(Round::estimate).sorted().toArray();
    System.out.printf(
        "| %s | %,d | %,d | %,d | %,d | %d of %d |%n",
        what,
        percentile(lost, 50),
        percentile(lost, 99),
        percentile(estimates, 50),
        percentile(estimates, 99),
        some.stream().filter(one -> one.estimate() < one.lost()).count(),
        some.size());
  }

  private static long percentile(long[] sorted, int percent) {
    return sorted[(int) Math.ceil(sorted.length * percent / 100.0) - 1];
  }

  private Round round(String topic, boolean linkKilled) throws Exception {
    KafkaTopics.of(source).create(topic, PARTITIONS, Map.of());
    AtomicLongArray acknowledged = new AtomicLongArray(PARTITIONS);
    try (ChildJvm owner =
            ChildJvm.builder(RecoveryPoint.class.getName())
                .args("run", far.bootstrapServers(), target.bootstrapServers(), topic)
                .start();
        Producer<byte[], byte[]> producer = producer()) {
      owner.awaitLine(line -> line.equals("copying"), LIMIT);
      Thread load = new Thread(() -> load(producer, topic, acknowledged), "load");
      load.setDaemon(true);
      load.start();
      // at any moment of the five seconds between two stored contacts
      TimeUnit.MILLISECONDS.sleep(ThreadLocalRandom.current().nextLong(8_000, 16_000));
      source.kill();
      FailoverReport report = null;
      String told = "";
      if (linkKilled) {
        owner.kill();
        report =
            KafkaLinks.failover(
                KafkaCluster.of("target", target.bootstrapServers()),
                topic,
                FailoverOptions.defaults());
      } else {
        owner.send("fail over");
        owner.awaitLine(line -> line.startsWith(FAILED_OVER), LIMIT);
        told =
            owner.output().stream()
                .filter(line -> line.startsWith(FAILED_OVER))
                .findFirst()
                .orElseThrow();
      }
      load.interrupt();
      long lost = lost(topic, acknowledged);
      if (report != null) {
        return new Round(
            true, lost, report.lostAtMost().orElse(-1), report.lostEstimate().orElse(-1));
      }
      String[] numbers = told.substring(FAILED_OVER.length()).split(" ", 2);
      return new Round(false, lost, Long.parseLong(numbers[0]), Long.parseLong(numbers[1]));
    }
  }

  private long lost(String topic, AtomicLongArray acknowledged) {
    long[] copied = new long[PARTITIONS];
    KafkaTopics.of(target).read(topic).forEach(record -> copied[record.partition()]++);
    long lost = 0;
    for (int i = 0; i < PARTITIONS; i++) {
      lost += Math.max(0, acknowledged.get(i) - copied[i]);
    }
    return lost;
  }

  private Producer<byte[], byte[]> producer() {
    Map<String, Object> config = new HashMap<>(source.clientProperties());
    config.put("acks", "all");
    config.put("linger.ms", 5);
    config.put("max.block.ms", 1_000);
    config.put("delivery.timeout.ms", 3_000);
    config.put("request.timeout.ms", 2_000);
    return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
  }

  private static void load(
      Producer<byte[], byte[]> producer, String topic, AtomicLongArray acknowledged) {
    long begun = System.nanoTime();
    byte[] value = new byte[100];
    for (long i = 0; !Thread.currentThread().isInterrupted(); i++) {
      long due = begun + i * TimeUnit.SECONDS.toNanos(1) / PER_SECOND;
      while (System.nanoTime() < due) {
        LockSupport.parkNanos(due - System.nanoTime());
      }
      int partition = (int) (i % PARTITIONS);
      byte[] key = ByteBuffer.allocate(8).putLong(i).array();
      try {
        var unused =
            producer.send(
                new ProducerRecord<>(topic, partition, key, value),
                (done, failure) -> {
                  if (failure == null) {
                    acknowledged.incrementAndGet(partition);
                  }
                });
      } catch (RuntimeException e) {
        return; // the source is gone
      }
    }
  }

  // The JVM that runs the link.

  private static void runLink(String source, String target, String topic) throws Exception {
    try (Replicator replicator =
        Replicator.builder()
            .link(topic)
            .source(
                KafkaSource.from(KafkaCluster.of("source", source))
                    .topics(TopicSelector.named(topic))
                    .build())
            .sink(KafkaSink.to(KafkaCluster.of("target", target)).build())
            .groupSync(GroupSync.off())
            .build()) {
      replicator.start();
      if (!replicator.awaitCaughtUp(LIMIT)) {
        throw new IllegalStateException("not copied: " + replicator.status());
      }
      System.out.println("copying");
      System.out.flush();
      if (System.in.read() < 0) {
        return;
      }
      FailoverReport report = replicator.failover();
      System.out.println(
          FAILED_OVER + report.lostAtMost().orElse(-1) + " " + report.lostEstimate().orElse(-1));
      System.out.flush();
    }
  }
}
