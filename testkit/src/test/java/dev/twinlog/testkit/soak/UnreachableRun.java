package dev.twinlog.testkit.soak;

import dev.twinlog.Replicator;
import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.MirrorComparison;
import dev.twinlog.testkit.MirrorReport;
import dev.twinlog.testkit.NetworkLink;
import dev.twinlog.testkit.TestKafka;
import java.io.PrintStream;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Runs the {@link UnreachableSoak} once. */
final class UnreachableRun {
  static final String TOPIC = "unreachable";
  static final int PARTITIONS = 6;

  private static final int BROKERS = 3;
  private static final int VALUE_BYTES = 100;
  private static final Duration CAUGHT_UP_LIMIT = Duration.ofMinutes(2);

  /** Shorter than the default, so that what depends on it happens within a round. */
  private static final String REQUEST_TIMEOUT_MS = "6000";

  private final UnreachableOptions options;
  private final PrintStream out;

  UnreachableRun(UnreachableOptions options, PrintStream out) {
    this.options = options;
    this.out = out;
  }

  /** Runs it and prints the summary. Returns whether all was right. */
  boolean run() throws InterruptedException {
    try (NetworkLink toSource = NetworkLink.builder().start();
        NetworkLink toTarget = NetworkLink.builder().start();
        EmbeddedKafka source = EmbeddedKafka.builder().brokers(BROKERS).via(toSource).start();
        EmbeddedKafka target = EmbeddedKafka.builder().brokers(BROKERS).via(toTarget).start()) {
      source.createTopic(TOPIC, PARTITIONS);
      target.createTopic(TOPIC, PARTITIONS);
      try (Replicator replicator = link(toSource.cluster(), toTarget.cluster());
          KafkaProducer<byte[], byte[]> producer = producer(source);
          StatusWatcher watcher =
              new StatusWatcher(replicator, source.clientProperties(), TOPIC, PARTITIONS)) {
        replicator.start();
        watcher.start();
        Load load = new Load(producer, options.rate());
        Thread writing = new Thread(load, "unreachable-load");
        writing.start();
        boolean opened = replicator.awaitCaughtUp(CAUGHT_UP_LIMIT);
        if (!opened) {
          out.println("FOUND: the link copies nothing: " + replicator.status());
        }
        for (int round = 0; round < options.rounds(); round++) {
          disturb(round, toSource, toTarget);
        }
        load.over = true;
        writing.join();
        producer.flush();
        boolean caughtUp = replicator.awaitCaughtUp(CAUGHT_UP_LIMIT);
        watcher.stop();
        MirrorReport report = MirrorComparison.between(source, target).topic(TOPIC).report();
        return summary(watcher, caughtUp ? "" : replicator.status().toString(), report) && opened;
      }
    }
  }

  /** Disconnects a broker of one cluster; the next round takes the other cluster. */
  private void disturb(int round, NetworkLink toSource, NetworkLink toTarget)
      throws InterruptedException {
    boolean ofSource = round % 2 == 0;
    NetworkLink network = ofSource ? toSource : toTarget;
    int broker = round / 2 % BROKERS;
    boolean silent = round / 2 / BROKERS % 2 == 1;
    out.printf(
        "round %d: broker %d of the %s is %s for %d s%n",
        round + 1,
        broker,
        ofSource ? "source" : "target",
        silent ? "silent" : "refused",
        options.seconds());
    if (silent) {
      network.freeze(broker);
    } else {
      network.cut(broker);
    }
    TimeUnit.SECONDS.sleep(options.seconds());
    network.heal(broker);
    TimeUnit.SECONDS.sleep(Math.max(1, options.seconds() / 4));
  }

  private boolean summary(StatusWatcher watcher, String behind, MirrorReport report) {
    out.printf("looks at a partition, against the true end   %d%n", watcher.looks());
    out.printf("of these behind                              %d%n", watcher.behind());
    out.printf("of these reported as retrying or unknown     %d%n", watcher.admitted());
    out.printf(
        "longest time that a partition was behind and reported caught up, in ms  %d of %d%n",
        watcher.longest().toMillis(), StatusWatcher.LONGEST.toMillis());
    out.printf("records compared %d%n", report.sourceRecords());
    out.printf("lost %d%nduplicated %d%n", report.lost(), report.duplicated());
    watcher.findings().forEach(finding -> out.println("FOUND: " + finding));
    if (!behind.isEmpty()) {
      out.println("FOUND: not everything was copied in the end: " + behind);
    }
    if (!report.isExact()) {
      out.println("FOUND: " + report);
    }
    return watcher.findings().isEmpty() && behind.isEmpty() && report.isExact();
  }

  private Replicator link(TestKafka source, TestKafka target) {
    return Replicator.builder()
        .link("unreachable-soak")
        .source(
            KafkaSource.from(cluster("near", source))
                .topics(TopicSelector.named(TOPIC))
                .path(options.path())
                .build())
        .sink(KafkaSink.to(cluster("far", target)).path(options.path()).build())
        .build();
  }

  private static KafkaCluster cluster(String alias, TestKafka kafka) {
    Map<String, String> rest = new HashMap<>(kafka.clientProperties());
    rest.remove("bootstrap.servers");
    rest.put("request.timeout.ms", REQUEST_TIMEOUT_MS);
    return KafkaCluster.builder(alias)
        .bootstrapServers(kafka.bootstrapServers())
        .properties(rest)
        .build();
  }

  private static KafkaProducer<byte[], byte[]> producer(TestKafka source) {
    return new KafkaProducer<>(
        new HashMap<>(source.clientProperties()),
        new ByteArraySerializer(),
        new ByteArraySerializer());
  }

  /** Writes to all partitions evenly, over a direct connection. */
  private static final class Load implements Runnable {
    private static final int MILLIS = 20;

    private final KafkaProducer<byte[], byte[]> producer;
    private final int rate;
    private volatile boolean over;

    Load(KafkaProducer<byte[], byte[]> producer, int rate) {
      this.producer = producer;
      this.rate = rate;
    }

    @Override
    public void run() {
      int each = Math.max(1, rate * MILLIS / 1_000);
      int written = 0;
      while (!over) {
        for (int i = 0; i < each; i++) {
          var unused = // what was not written is not compared
              producer.send(
                  new ProducerRecord<>(TOPIC, written++ % PARTITIONS, null, new byte[VALUE_BYTES]));
        }
        try {
          TimeUnit.MILLISECONDS.sleep(MILLIS);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          return;
        }
      }
    }
  }
}
