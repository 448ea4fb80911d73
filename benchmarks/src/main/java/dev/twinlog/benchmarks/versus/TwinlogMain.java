package dev.twinlog.benchmarks.versus;

import dev.twinlog.DeliveryGuarantee;
import dev.twinlog.Replicator;
import dev.twinlog.kafka.DataPath;
import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.metrics.TwinlogMeters;
import dev.twinlog.spi.LinkMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** The main class of {@link TwinlogContender}: copies a topic until the process is ended. */
final class TwinlogMain {
  static final String METERED = "metered";

  /** How often Prometheus scrapes, where nothing else is configured: once a minute; here more. */
  private static final Duration SCRAPE = Duration.ofSeconds(1);

  private TwinlogMain() {}

  /**
   * Copies a topic.
   *
   * @param args the two addresses, the topic, the link's name, the path, the guarantee, and {@link
   *     #METERED} or nothing
   */
  public static void main(String[] args) throws InterruptedException {
    DataPath path = DataPath.valueOf(args[4]);
    boolean metered = args.length > 6 && args[6].equals(METERED);
    try (Replicator replicator =
        Replicator.builder()
            .link(args[3])
            .source(
                KafkaSource.from(KafkaCluster.of("source", args[0]))
                    .topics(TopicSelector.named(args[2]))
                    .path(path)
                    .build())
            .sink(KafkaSink.to(KafkaCluster.of("target", args[1])).path(path).build())
            .deliveryGuarantee(DeliveryGuarantee.valueOf(args[5]))
            .metrics(metered ? scraped() : new LinkMetrics() {})
            .build()) {
      replicator.start();
      new CountDownLatch(1).await();
    }
  }

  private static TwinlogMeters scraped() {
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    TwinlogMeters meters = new TwinlogMeters();
    meters.bindTo(registry);
    ScheduledExecutorService scraper =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "scraper");
              thread.setDaemon(true);
              return thread;
            });
    var unused =
        scraper.scheduleAtFixedRate(
            () -> {
              if (registry.scrape().isEmpty()) {
                throw new IllegalStateException("nothing is measured");
              }
            },
            SCRAPE.toMillis(),
            SCRAPE.toMillis(),
            TimeUnit.MILLISECONDS);
    return meters;
  }
}
