package dev.twinlog.benchmarks;

import dev.twinlog.GroupSync;
import dev.twinlog.Replicator;
import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.spi.LinkMetrics;
import dev.twinlog.testkit.ChildKafka;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.TestKafka;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToDoubleFunction;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;

/**
 * What keeping consumer groups in step costs: the link's CPU time for a comparison of many groups
 * with ten partitions each, its memory, and how long a commit takes to the target.
 *
 * <p>Two brokers run in JVMs of their own. CPU time is that of the link's threads and of those of
 * its clients, so other programs hardly change it.
 *
 * <pre>{@code
 * java -cp benchmarks/target/benchmarks.jar dev.twinlog.benchmarks.GroupSyncCost 10000
 * }</pre>
 */
public final class GroupSyncCost {
  private static final String TOPIC = "orders";
  private static final int PARTITIONS = 10;
  private static final int RECORDS = 100_000;
  private static final int CYCLES = 15;
  private static final int CHANGED_ROUNDS = 5;
  private static final int LAGGING_GROUPS = 200;
  private static final int LAG_ROUNDS = 5;
  private static final int UNDER_WAY = 500;
  private static final String OWN = "benchmark-";
  private static final GroupSync OFTEN = GroupSync.defaults().interval(Duration.ofSeconds(1));
  private static final Duration LIMIT = Duration.ofMinutes(5);
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private final Random random = new Random(1);
  private final BlockingQueue<Cycle> cycles = new LinkedBlockingQueue<>();
  private final AtomicLong written = new AtomicLong();
  private final Map<Long, Long> used = new HashMap<>();
  private final int groups;
  private final TestKafka source;
  private final TestKafka target;
  private final Admin sourceAdmin;
  private final Admin targetAdmin;

  /** One comparison of all groups. */
  private record Cycle(double cpuSeconds, double seconds, long written) {}

  private GroupSyncCost(int groups, TestKafka source, TestKafka target) {
    this.groups = groups;
    this.source = source;
    this.target = target;
    this.sourceAdmin = admin(source, "source");
    this.targetAdmin = admin(target, "target");
  }

  private static Admin admin(TestKafka kafka, String of) {
    Map<String, Object> config = new HashMap<>(kafka.clientProperties());
    config.put("client.id", OWN + of);
    return Admin.create(config);
  }

  /**
   * Measures, and prints a table.
   *
   * @param args how many groups; 10,000 by default
   */
  public static void main(String[] args) throws Exception {
    System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "error");
    int groups = args.length > 0 ? Integer.parseInt(args[0]) : 10_000;
    try (ChildKafka source = ChildKafka.builder().jvmArgs("-Xmx1g").start();
        ChildKafka target = ChildKafka.builder().jvmArgs("-Xmx1g").start()) {
      new GroupSyncCost(groups, source, target).run();
    }
  }

  private void run() throws Exception {
    KafkaTopics.of(source).create(TOPIC, PARTITIONS, Map.of());
    KafkaTopics.of(source).sendNumbered(TOPIC, RECORDS);
    commit(sourceAdmin, names(groups));
    long without = heapWithout();
    System.out.println("| | figure |\n| --- | ---: |");
    kept(without);
    restarted(without);
    lag();
  }

  /** In a method of its own, since what was closed may be looked at as long as it is reachable. */
  private void kept(long without) throws Exception {
    try (Replicator replicator = link("cost", OFTEN)) {
      replicator.start();
      Cycle first = awaitWritten((long) groups * PARTITIONS);
      row("first cycle, %,d groups: CPU s (seconds)", groups, first);
      replicator.syncNow(); // else the next cycle is delayed by the length of this one
      awaitUnwritten();
      List<Cycle> unchanged = take(CYCLES);
      print("unchanged: CPU s a cycle, median of " + CYCLES, unchanged, Cycle::cpuSeconds);
      print("unchanged: seconds a cycle, median", unchanged, Cycle::seconds);
      System.out.printf(
          "| unchanged: CPU s, the greatest (with a comparison of all) | %.3f |%n",
          unchanged.stream().mapToDouble(Cycle::cpuSeconds).max().orElseThrow());
      System.out.printf(
          "| unchanged: positions written | %d |%n",
          unchanged.stream().mapToLong(Cycle::written).sum());
      List<Cycle> changed = new ArrayList<>();
      for (int round = 0; round < CHANGED_ROUNDS; round++) {
        List<String> some = new ArrayList<>();
        for (int i = 0; i < groups / 100; i++) {
          some.add(name(random.nextInt(groups)));
        }
        commit(sourceAdmin, some);
        changed.add(awaitWritten(1));
        awaitUnwritten();
      }
      print("1 % changed: CPU s a cycle, median", changed, Cycle::cpuSeconds);
      print("1 % changed: positions written, median", changed, Cycle::written);
      System.out.printf("| heap of %,d groups, MB | %.1f |%n", groups, (heap() - without) / 1e6);
    }
  }

  /** What is loaded of groups takes no more memory than what has become known of them. */
  private void restarted(long without) throws InterruptedException {
    try (Replicator replicator = link("cost", OFTEN)) {
      replicator.start();
      replicator.syncNow();
      replicator.syncNow(); // the first one is followed by another cycle at once
      System.out.printf(
          "| heap of %,d groups after a restart, MB | %.1f |%n",
          replicator.groups().size(), (heap() - without) / 1e6);
    }
  }

  /** The heap with a link that copies the same and keeps no groups in step. */
  private long heapWithout() throws Exception {
    try (Replicator replicator = link("cost", GroupSync.off())) {
      replicator.start();
      if (!replicator.awaitCaughtUp(LIMIT)) {
        throw new IllegalStateException("not copied: " + replicator.status());
      }
      return heap();
    }
  }

  private Replicator link(String name, GroupSync groupSync) {
    return Replicator.builder()
        .link(name)
        .source(
            KafkaSource.from(KafkaCluster.of("source", source.bootstrapServers()))
                .topics(TopicSelector.named(TOPIC))
                .build())
        .sink(KafkaSink.to(KafkaCluster.of("target", target.bootstrapServers())).build())
        .groupSync(groupSync)
        .metrics(
            new LinkMetrics() {
              @Override
              public void duty(String duty, boolean succeeded, Duration took) {
                if (duty.equals("group sync")) {
                  cycles.add(new Cycle(cpuSeconds(), took.toNanos() / 1e9, written.getAndSet(0)));
                }
              }

              @Override
              public void groupPositionWritten(
                  String group, TopicPartition partition, Duration latency) {
                written.incrementAndGet();
              }
            })
        .build();
  }

  /** What the link's threads, and those of its clients, have used since the last call. */
  private synchronized double cpuSeconds() {
    long sum = 0;
    for (ThreadInfo thread : THREADS.getThreadInfo(THREADS.getAllThreadIds())) {
      if (thread == null) {
        continue;
      }
      String name = thread.getThreadName();
      if ((name.startsWith("twinlog-") || name.startsWith("kafka-")) && !name.contains(OWN)) {
        long now = Math.max(0, THREADS.getThreadCpuTime(thread.getThreadId()));
        Long before = used.put(thread.getThreadId(), now);
        sum += now - (before == null ? 0 : before);
      }
    }
    return sum / 1e9;
  }

  /** The least of three collections: a cycle may be under way. */
  private static long heap() throws InterruptedException {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 3; i++) {
      System.gc();
      least =
          Math.min(least, Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory());
      TimeUnit.MILLISECONDS.sleep(400);
    }
    return least;
  }

  // Cycles.

  private Cycle next() throws InterruptedException {
    Cycle next = cycles.poll(LIMIT.toSeconds(), TimeUnit.SECONDS);
    if (next == null) {
      throw new IllegalStateException("no cycle within " + LIMIT);
    }
    return next;
  }

  /** The sum of the cycles until this many positions were written. */
  private Cycle awaitWritten(long positions) throws InterruptedException {
    Cycle sum = new Cycle(0, 0, 0);
    while (sum.written < positions) {
      Cycle next = next();
      if (next.written > 0) {
        sum =
            new Cycle(
                sum.cpuSeconds + next.cpuSeconds,
                sum.seconds + next.seconds,
                sum.written + next.written);
      }
    }
    return sum;
  }

  /** Two cycles that write nothing: what was written has been recorded, too. */
  private void awaitUnwritten() throws InterruptedException {
    int quiet = 0;
    while (quiet < 2) {
      quiet = next().written == 0 ? quiet + 1 : 0;
    }
  }

  private List<Cycle> take(int count) throws InterruptedException {
    List<Cycle> taken = new ArrayList<>();
    while (taken.size() < count) {
      taken.add(next());
    }
    return taken;
  }

  private static void row(String what, int groups, Cycle cycle) {
    System.out.printf(
        "| %s | %.2f (%.2f) |%n", what.formatted(groups), cycle.cpuSeconds, cycle.seconds);
  }

  private static void print(String what, List<Cycle> all, ToDoubleFunction<Cycle> figure) {
    double[] sorted = all.stream().mapToDouble(figure).sorted().toArray();
    System.out.printf("| %s | %.3f |%n", what, sorted[sorted.length / 2]);
  }

  // Commits.

  private static String name(int group) {
    return "group-" + group;
  }

  private static List<String> names(int count) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      names.add(name(i));
    }
    return names;
  }

  private void commit(Admin admin, Collection<String> names)
      throws ExecutionException, InterruptedException {
    List<KafkaFuture<Void>> underWay = new ArrayList<>();
    for (String group : names) {
      Map<TopicPartition, OffsetAndMetadata> positions = new HashMap<>();
      for (int partition = 0; partition < PARTITIONS; partition++) {
        positions.put(
            new TopicPartition(TOPIC, partition),
            new OffsetAndMetadata(random.nextInt(RECORDS / PARTITIONS)));
      }
      underWay.add(admin.alterConsumerGroupOffsets(group, positions).all());
      if (underWay.size() >= UNDER_WAY) {
        for (KafkaFuture<Void> one : underWay) {
          one.get();
        }
        underWay.clear();
      }
    }
    for (KafkaFuture<Void> one : underWay) {
      one.get();
    }
  }

  // From a commit in the source to the same in the target.

  private void lag() throws Exception {
    Duration interval = GroupSync.defaults().interval();
    TopicPartition first = new TopicPartition(TOPIC, 0);
    List<Double> seconds = new ArrayList<>();
    GroupSync some = GroupSync.defaults().matching("late-.*");
    try (Replicator replicator = link("cost", some)) {
      replicator.start();
      for (int round = 0; round <= LAG_ROUNDS; round++) {
        Map<String, Long> wanted = new HashMap<>();
        Map<String, Long> committedAt = new HashMap<>();
        Map<String, ListConsumerGroupOffsetsSpec> asked = new HashMap<>();
        for (int i = 0; i < LAGGING_GROUPS; i++) {
          String group = "late-" + i;
          long offset = round * 100L + random.nextInt(100);
          sourceAdmin
              .alterConsumerGroupOffsets(group, Map.of(first, new OffsetAndMetadata(offset)))
              .all()
              .get();
          wanted.put(group, offset);
          committedAt.put(group, System.nanoTime());
          asked.put(group, new ListConsumerGroupOffsetsSpec());
          TimeUnit.MILLISECONDS.sleep(10);
          if (i % 20 == 0) {
            arrived(asked, wanted, committedAt, round, seconds);
          }
        }
        while (!wanted.isEmpty()) {
          arrived(asked, wanted, committedAt, round, seconds);
          TimeUnit.MILLISECONDS.sleep(20);
        }
      }
    }
    double[] sorted = seconds.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    System.out.printf(
        "| commit to target, %d groups, interval %d s: p50, p99, max, s | %.2f, %.2f, %.2f |%n",
        LAGGING_GROUPS,
        interval.toSeconds(),
        sorted[sorted.length / 2],
        sorted[sorted.length * 99 / 100],
        sorted[sorted.length - 1]);
  }

  /** Takes those that are in the target by now; the first round is not measured. */
  private void arrived(
      Map<String, ListConsumerGroupOffsetsSpec> asked,
      Map<String, Long> wanted,
      Map<String, Long> committedAt,
      int round,
      List<Double> seconds)
      throws ExecutionException, InterruptedException {
    TopicPartition first = new TopicPartition(TOPIC, 0);
    Map<String, Map<TopicPartition, OffsetAndMetadata>> all =
        targetAdmin.listConsumerGroupOffsets(asked).all().get();
    long now = System.nanoTime();
    all.forEach(
        (group, positions) -> {
          OffsetAndMetadata position = positions.get(first);
          Long offset = wanted.get(group);
          Long since = committedAt.get(group);
          if (offset != null && since != null && position != null && position.offset() == offset) {
            wanted.remove(group);
            if (round > 0) {
              seconds.add((now - since) / 1e9);
            }
          }
        });
  }
}
