package dev.twinlog.testkit.quickstart;

import dev.twinlog.PartitionState;
import dev.twinlog.Replicator;
import dev.twinlog.ReplicatorStatus;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.MirrorComparison;
import dev.twinlog.testkit.MirrorReport;
import dev.twinlog.testkit.quickstart.Snapshot.Phase;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicPartition;

/**
 * The script of the quick start: starts the load and the replicator, and compares the clusters.
 * Runs once, on one thread.
 */
final class Demo {
  private static final int LOAD_PER_SECOND = 4_000;
  private static final Duration CATCH_UP_LIMIT = Duration.ofMinutes(3);
  private static final Duration CLOSE_LIMIT = Duration.ofSeconds(10);
  private static final Duration SETTLE = Duration.ofMillis(500);
  private static final long LOOK_MILLIS = 100;

  private final Options options;
  private final Screen screen;
  private final Consumer<Clusters> beforeComparison;
  private final Stopwatch stopwatch = new Stopwatch();
  private final CopyMeter meter = new CopyMeter();

  /**
   * A run.
   *
   * @param beforeComparison is called when all is copied; does nothing, except in a test
   */
  Demo(Options options, Screen screen, Consumer<Clusters> beforeComparison) {
    this.options = options;
    this.screen = screen;
    this.beforeComparison = beforeComparison;
  }

  /**
   * Runs the script and closes everything it started.
   *
   * @return whether the copy is exact
   * @throws RuntimeException if it could not be run to its end
   */
  boolean play() throws InterruptedException {
    introduce();
    try (Cleanup cleanup = new Cleanup()) {
      Clusters clusters = cleanup.add(clusters());
      for (ShopTopic topic : ShopTopic.values()) {
        KafkaTopics.of(Clusters.clientProperties(clusters.source()))
            .create(clusters.name(topic), topic.partitions(), topic.configs());
      }
      Load load =
          cleanup.add(new Load(Clusters.clientProperties(clusters.source()), clusters::name));
      Monitor monitor = cleanup.add(new Monitor(screen, stopwatch, clusters, load, meter));
      Map<TopicPartition, Long> backlog = writeBacklog(clusters, load, monitor);
      load.start(LOAD_PER_SECOND);

      Duration begin = stopwatch.elapsed();
      Replicator replicator = cleanup.add(replicator(clusters));
      monitor.catchingUp(Phase.CATCHING_UP, replicator, backlog);
      start(replicator);
      catchUp(replicator);
      Duration caughtUpIn = stopwatch.elapsed().minus(begin);
      long caughtUp = meter.records();
      say(
          "Caught up: %,d records in %.1f s. From here on the copy is live.",
          caughtUp, seconds(caughtUpIn));

      MovingGroup group =
          cleanup.add(
              new MovingGroup(
                  clusters.group(),
                  clusters.name(ShopTopic.ORDERS),
                  ShopTopic.ORDERS.partitions()));
      group.readInSource(Clusters.clientProperties(clusters.source()));
      Duration half = Duration.ofSeconds(options.seconds()).dividedBy(2);
      watch(monitor, load, replicator, half);
      move(group, clusters, replicator);
      replicator.close();
      monitor.enter(Phase.CLOSED);
      say("Closed the replicator half-way. The load continues; nothing is copied.");
      watch(load, Duration.ofMillis(Math.min(2000, half.toMillis())));

      replicator = cleanup.add(replicator(clusters));
      monitor.catchingUp(Phase.CATCHING_UP_AGAIN, replicator, ends(clusters));
      say("A new replicator of the same link continues where the old one stopped.");
      start(replicator);
      catchUp(replicator);
      watch(monitor, load, replicator, half);

      load.stop();
      monitor.enter(Phase.DRAINING);
      say("Stopped the load: %,d records in all. Waiting for the last.", load.acknowledged());
      catchUp(replicator);
      replicator.close();
      group.finish(Clusters.clientProperties(clusters.target()));
      monitor.enter(Phase.COMPARING);
      say("All is copied. Comparing the two clusters record by record.");
      beforeComparison.accept(clusters);
      MirrorReport report = compare(clusters);
      MovingGroup.Result moved = group.compare(Clusters.clientProperties(clusters.source()));
      monitor.close();
      screen.print(
          new Summary(
                  report,
                  moved,
                  caughtUp,
                  caughtUpIn,
                  (double) load.bytes() / Math.max(1, load.acknowledged()),
                  LOAD_PER_SECOND,
                  meter.latencies())
              .lines());
      return report.isExact() && moved.isExact();
    }
  }

  private void introduce() {
    screen.print(
        List.of(
            "",
            "Twinlog quick start: a live, exact copy of Kafka topics in another cluster.",
            "",
            options.servers().isPresent()
                ? "  1. Topics of its own are made in your source cluster, nothing else is touched."
                : "  1. Two real Kafka clusters start in this process, \"us-east\" and \"eu-west\".",
            String.format(
                Locale.ROOT,
                "  2. %,d records are written; then %,d a second keep coming.",
                options.records(),
                LOAD_PER_SECOND),
            "  3. A Replicator copies them to the other cluster: the backlog, then live.",
            "  4. Half-way a consumer group moves to the other cluster and reads on there.",
            "  5. The Replicator is closed and started again, under load.",
            "  6. Every record of both clusters is compared.",
            options.failover()
                ? "  7. A region is lost under load: failover, and back again.\n"
                : ""));
  }

  private Clusters clusters() throws InterruptedException {
    Clusters clusters =
        options.servers().isPresent()
            ? Clusters.own(options.servers().get(), options.keep(), this::say)
            : Clusters.embedded();
    say(
        "%s at %s, %s at %s.",
        clusters.source().alias(),
        clusters.source().bootstrapServers(),
        clusters.target().alias(),
        clusters.target().bootstrapServers());
    return clusters;
  }

  private Map<TopicPartition, Long> writeBacklog(Clusters clusters, Load load, Monitor monitor)
      throws InterruptedException {
    monitor.loading(options.records());
    load.backlog(options.records());
    say(
        "Wrote %,d records, %,.0f MB, to %s.",
        load.acknowledged(), load.bytes() / 1e6, String.join(", ", clusters.names()));
    return ends(clusters);
  }

  /** Builds the replicator: this is all that a service needs to copy topics. */
  private Replicator replicator(Clusters clusters) {
    return Replicator.builder()
        .link(clusters.link())
        .source(
            KafkaSource.from(clusters.source())
                .topics(TopicSelector.named(clusters.names()))
                .build())
        .sink(KafkaSink.to(clusters.target()).build())
        .metrics(meter.forOneLink())
        .onEvent(new Narrator(this::say))
        .closeTimeout(CLOSE_LIMIT)
        .build();
  }

  private void start(Replicator replicator) {
    replicator.start();
    ReplicatorStatus status = replicator.status();
    say(
        "Started link %s (%s, data path %s).",
        status.link(), status.deliveryGuarantee(), status.dataPath());
  }

  /** Moves the group to the target: it continues there at the next record. */
  private void move(MovingGroup group, Clusters clusters, Replicator replicator)
      throws InterruptedException {
    long read = group.leaveSource();
    say(
        "Consumer group %s has read %,d records, and leaves %s.",
        group.id(), read, clusters.source().alias());
    catchUp(replicator);
    replicator.syncNow();
    say(
        "Its positions are in %s: %s.",
        clusters.target().alias(), replicator.groups().get(group.id()));
    group.readInTarget(Clusters.clientProperties(clusters.target()));
  }

  private static void catchUp(Replicator replicator) throws InterruptedException {
    if (!replicator.awaitCaughtUp(CATCH_UP_LIMIT)) {
      throw new IllegalStateException(
          "the copy did not catch up within %d s:%n%s"
              .formatted(CATCH_UP_LIMIT.toSeconds(), replicator.status()));
    }
  }

  /** Runs the live copy for a while; latencies count. */
  private void watch(Monitor monitor, Load load, Replicator replicator, Duration time)
      throws InterruptedException {
    monitor.enter(Phase.LIVE);
    long begin = stopwatch.nanos();
    while (stopwatch.nanos() - begin < time.toNanos()) {
      requireHealthy(replicator);
      // The latencies of a copy that catches up are not those of a live copy.
      meter.steady(stopwatch.nanos() - begin >= SETTLE.toNanos());
      watch(load, Duration.ofMillis(LOOK_MILLIS));
    }
    meter.steady(false);
  }

  private static void watch(Load load, Duration time) throws InterruptedException {
    TimeUnit.NANOSECONDS.sleep(time.toNanos());
    load.check();
  }

  private static void requireHealthy(Replicator replicator) {
    ReplicatorStatus status = replicator.status();
    boolean stopped =
        status.partitions().values().stream().anyMatch(p -> p.state() == PartitionState.STOPPED);
    if (stopped || status.state().isFinal()) {
      throw new IllegalStateException("the copy has stopped:\n" + status);
    }
  }

  private static Map<TopicPartition, Long> ends(Clusters clusters) {
    KafkaTopics topics = KafkaTopics.of(Clusters.clientProperties(clusters.source()));
    Map<TopicPartition, Long> ends = new HashMap<>();
    for (String name : clusters.names()) {
      ends.putAll(topics.ends(name));
    }
    return ends;
  }

  private static MirrorReport compare(Clusters clusters) {
    MirrorComparison comparison =
        MirrorComparison.between(
            Clusters.clientProperties(clusters.source()),
            Clusters.clientProperties(clusters.target()));
    for (String name : clusters.names()) {
      comparison.topic(name);
    }
    return comparison.report();
  }

  private void say(String format, Object... values) {
    say(String.format(Locale.ROOT, format, values));
  }

  private void say(String text) {
    screen.print(View.said(stopwatch.elapsed(), text));
  }

  private static double seconds(Duration duration) {
    return duration.toMillis() / 1000.0;
  }
}
