package dev.twinlog.benchmarks;

import dev.twinlog.GroupState;
import dev.twinlog.LinkState;
import dev.twinlog.PartitionState;
import dev.twinlog.metrics.TwinlogMeters;
import dev.twinlog.spi.BatchHandling;
import dev.twinlog.spi.Route;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.TopicPartition;

/**
 * What a scrape of a link's meters costs: the CPU time of {@code PrometheusMeterRegistry.scrape()},
 * which other programs hardly change, and the size of its answer, for a link of so many partitions,
 * ten to a topic.
 *
 * <pre>{@code
 * java -cp benchmarks/target/benchmarks.jar dev.twinlog.benchmarks.ScrapeCost 1000 10000
 * }</pre>
 */
public final class ScrapeCost {
  private static final int PARTITIONS_OF_TOPIC = 10;
  private static final int WARM_UP = 20;
  private static final int SCRAPES = 50;
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private ScrapeCost() {}

  /**
   * Measures and prints.
   *
   * @param args numbers of partitions
   */
  public static void main(String[] args) {
    System.out.println("partitions  meters of  median ms  greatest ms  size KB");
    for (String partitions : args) {
      measure(Integer.parseInt(partitions), "partition", new TwinlogMeters());
      measure(Integer.parseInt(partitions), "topic", TwinlogMeters.perTopic());
    }
  }

  private static void measure(int partitions, String kind, TwinlogMeters meters) {
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    meters.bindTo(registry);
    meters.linkOpened("link");
    meters.linkState(LinkState.RUNNING);
    meters.groups(Map.of(GroupState.SYNCED, 1));
    int size = 0;
    double[] millis = new double[SCRAPES];
    for (int scrape = -WARM_UP; scrape < SCRAPES; scrape++) {
      copy(meters, partitions);
      long start = THREADS.getCurrentThreadCpuTime();
      size = registry.scrape().length();
      if (scrape >= 0) {
        millis[scrape] =
            (double) (THREADS.getCurrentThreadCpuTime() - start) / TimeUnit.MILLISECONDS.toNanos(1);
      }
    }
    Arrays.sort(millis);
    System.out.printf(
        "%10d  %-9s %9.1f  %11.1f  %7d%n",
        partitions, kind, millis[SCRAPES / 2], millis[SCRAPES - 1], size / 1024);
    meters.close();
    registry.close();
  }

  /** Every partition has copied a batch since the last scrape. */
  private static void copy(TwinlogMeters meters, int partitions) {
    for (int i = 0; i < partitions; i++) {
      TopicPartition source =
          new TopicPartition("topic-" + i / PARTITIONS_OF_TOPIC, i % PARTITIONS_OF_TOPIC);
      Route route = new Route(source, source);
      meters.partitionState(source, PartitionState.COPYING);
      meters.copied(route, 10, 10_000, Duration.ofMillis(5));
      meters.handling(route, BatchHandling.PASSED_THROUGH, 1);
      meters.lag(source, 3, Duration.ofSeconds(1));
      meters.guarantee(source, true);
    }
  }
}
