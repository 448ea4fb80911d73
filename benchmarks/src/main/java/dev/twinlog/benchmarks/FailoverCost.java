package dev.twinlog.benchmarks;

import dev.twinlog.FailoverOptions;
import dev.twinlog.FailoverReport;
import dev.twinlog.GroupSync;
import dev.twinlog.MoveProgress.Phase;
import dev.twinlog.Replicator;
import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaLinks;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.testkit.ChildKafka;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.TestKafka;
import dev.twinlog.testkit.child.ChildJvm;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * How long a failover takes when the source is silent: of a link that runs in this JVM, and of one
 * that was killed while it copied, by a JVM that is started for it.
 *
 * <p>Two brokers run in JVMs of their own. The one of the source is stopped by a signal, so that it
 * answers nothing and refuses nothing.
 *
 * <pre>{@code
 * java -cp benchmarks/target/benchmarks.jar dev.twinlog.benchmarks.FailoverCost 1000 200
 * }</pre>
 */
public final class FailoverCost {
  static final String TOPIC = "orders";
  private static final String LINK = "failover-cost";
  private static final int POSITIONS = 10;
  static final Duration LIMIT = Duration.ofMinutes(5);

  private final int partitions;
  private final int groups;
  private final ChildKafka source;
  private final ChildKafka target;

  private FailoverCost(int partitions, int groups, ChildKafka source, ChildKafka target) {
    this.partitions = partitions;
    this.groups = groups;
    this.source = source;
    this.target = target;
  }

  /**
   * Measures, and prints a table.
   *
   * @param args how many partitions, 1,000 by default, and how many groups, 200 by default; or, for
   *     the JVMs that it starts, what they do
   */
  public static void main(String[] args) throws Exception {
    System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "error");
    if (args.length == 4 && args[0].equals("run")) {
      runLink(args[1], args[2], args[3]);
      return;
    }
    if (args.length == 3 && args[0].equals("failover")) {
      failOver(args[1], args[2]);
      return;
    }
    int partitions = args.length > 0 ? Integer.parseInt(args[0]) : 1_000;
    int groups = args.length > 1 ? Integer.parseInt(args[1]) : 200;
    try (ChildKafka source = ChildKafka.builder().jvmArgs("-Xmx1g").start();
        ChildKafka target = ChildKafka.builder().jvmArgs("-Xmx1g").start()) {
      new FailoverCost(partitions, groups, source, target).run();
    }
  }

  private void run() throws Exception {
    KafkaTopics.of(source).create(TOPIC, partitions, Map.of());
    send(source, partitions, 10);
    commit(source, partitions, groups);
    System.out.println("| | figure |\n| --- | ---: |");
    try (Replicator replicator = link(source.bootstrapServers(), target.bootstrapServers(), LINK)) {
      replicator.start();
      awaitInStep(replicator);
      source.freeze();
      long begun = System.nanoTime();
      FailoverReport report = replicator.failover();
      print("in the JVM that runs the link: seconds", seconds(begun));
      check(report);
    } finally {
      source.thaw();
    }
    KafkaLinks.reopen(KafkaCluster.of("target", target.bootstrapServers()), LINK);
    try (ChildJvm owner =
        child("run", source.bootstrapServers(), target.bootstrapServers(), LINK)) {
      owner.awaitLine(line -> line.equals("in step"), LIMIT);
      Thread load = new Thread(() -> send(source, partitions, 200), "load");
      load.start();
      owner.awaitLine(line -> line.startsWith("lag ") && !line.equals("lag 0"), LIMIT);
      owner.kill();
      load.join();
    }
    source.freeze();
    try {
      long begun = System.nanoTime();
      try (ChildJvm tool = child("failover", target.bootstrapServers(), LINK)) {
        tool.awaitLine(line -> line.startsWith("clients may come"), LIMIT);
        print("by a JVM that is started for it, to \"clients may come\": seconds", seconds(begun));
        tool.awaitLine(line -> line.startsWith("held "), LIMIT);
        print("… to the end: seconds", seconds(begun));
        System.out.printf("| … records behind the last save | %s |%n", tool.output().get(1));
      }
    } finally {
      source.thaw();
    }
  }

  static double seconds(long begun) {
    return (System.nanoTime() - begun) / 1e9;
  }

  static void print(String what, double seconds) {
    System.out.printf("| %s | %.2f |%n", what, seconds);
  }

  private void check(FailoverReport report) {
    long fenced = report.partitions().values().stream().filter(each -> each.fenced()).count();
    if (fenced != partitions || report.groups().size() != groups) {
      throw new IllegalStateException(report.toString());
    }
  }

  private static ChildJvm child(String... args) {
    return ChildJvm.builder(FailoverCost.class.getName()).jvmArgs("-Xmx1g").args(args).start();
  }

  // What the JVMs do that are started.

  private static void runLink(String source, String target, String name) throws Exception {
    try (Replicator replicator = link(source, target, name)) {
      replicator.start();
      awaitInStep(replicator);
      System.out.println("in step");
      while (true) {
        System.out.println("lag " + replicator.status().lagRecords());
        System.out.flush();
        TimeUnit.MILLISECONDS.sleep(20);
      }
    }
  }

  private static void failOver(String target, String name) {
    FailoverOptions options =
        FailoverOptions.defaults()
            .onProgress(
                progress -> {
                  if (progress.phase() == Phase.GROUPS && progress.done() == progress.of()) {
                    System.out.println("clients may come");
                    System.out.flush();
                  }
                });
    FailoverReport report = KafkaLinks.failover(KafkaCluster.of("target", target), name, options);
    long held = report.partitions().values().stream().mapToLong(each -> each.heldBehindCut()).sum();
    System.out.println("held " + held + ", " + report.outcome());
    System.out.flush();
  }

  static Replicator link(String source, String target, String name) {
    return Replicator.builder()
        .link(name)
        .source(
            KafkaSource.from(KafkaCluster.of("source", source))
                .topics(TopicSelector.named(TOPIC))
                .build())
        .sink(KafkaSink.to(KafkaCluster.of("target", target)).build())
        .groupSync(GroupSync.defaults().interval(Duration.ofSeconds(1)))
        .build();
  }

  static void awaitInStep(Replicator replicator) throws Exception {
    if (!replicator.awaitCaughtUp(LIMIT)) {
      throw new IllegalStateException("not copied: " + replicator.status());
    }
    replicator.syncNow();
  }

  // Records and groups.

  static void send(TestKafka source, int partitions, int perPartition) {
    Map<String, Object> config = new HashMap<>(source.clientProperties());
    config.put("batch.size", 1_000);
    try (Producer<byte[], byte[]> producer =
        new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
      for (int i = 0; i < perPartition; i++) {
        for (int partition = 0; partition < partitions; partition++) {
          var unused = producer.send(new ProducerRecord<>(TOPIC, partition, null, new byte[100]));
        }
      }
    }
  }

  static void commit(TestKafka source, int partitions, int groups) throws Exception {
    try (Admin admin = Admin.create(new HashMap<String, Object>(source.clientProperties()))) {
      List<KafkaFuture<Void>> underWay = new ArrayList<>();
      for (int group = 0; group < groups; group++) {
        Map<TopicPartition, OffsetAndMetadata> positions = new HashMap<>();
        for (int i = 0; i < POSITIONS; i++) {
          positions.put(
              new TopicPartition(TOPIC, (group + i) % partitions), new OffsetAndMetadata(i));
        }
        underWay.add(admin.alterConsumerGroupOffsets("group-" + group, positions).all());
      }
      for (KafkaFuture<Void> one : underWay) {
        one.get();
      }
    }
  }
}
