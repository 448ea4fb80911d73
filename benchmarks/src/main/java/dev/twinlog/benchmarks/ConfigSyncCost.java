package dev.twinlog.benchmarks;

import dev.twinlog.Replicator;
import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.TestKafka;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;

/**
 * How often a link with its defaults asks for the configs of topics that don't change, counted by
 * the brokers themselves.
 *
 * <p>Both clusters run in this JVM, so that a figure is the sum of both: one for each of them is 2.
 *
 * <pre>{@code
 * java -cp benchmarks/target/benchmarks.jar dev.twinlog.benchmarks.ConfigSyncCost 1000 10
 * }</pre>
 */
public final class ConfigSyncCost {
  private static final Duration LIMIT = Duration.ofMinutes(5);
  private static final int AT_ONCE = 100;
  private static final MBeanServer BEANS = ManagementFactory.getPlatformMBeanServer();

  private ConfigSyncCost() {}

  /**
   * Counts, and prints a table.
   *
   * @param args how many topics, and for how many minutes; 1,000 and 10 by default
   */
  public static void main(String[] args) throws Exception {
    System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "error");
    int topics = args.length > 0 ? Integer.parseInt(args[0]) : 1_000;
    int minutes = args.length > 1 ? Integer.parseInt(args[1]) : 10;
    try (EmbeddedKafka source = EmbeddedKafka.start();
        EmbeddedKafka target = EmbeddedKafka.start()) {
      create(source, topics);
      try (Replicator replicator = link(source, target)) {
        replicator.start();
        if (!replicator.awaitCaughtUp(LIMIT)) {
          throw new IllegalStateException("not copied: " + replicator.status());
        }
        replicator.syncNow(); // sets the configs
        Asked before = asked();
        TimeUnit.MINUTES.sleep(minutes);
        print(topics, minutes, before, asked());
      }
    }
  }

  private static void create(TestKafka kafka, int topics) throws Exception {
    try (Admin admin = kafka.admin()) {
      List<NewTopic> some = new ArrayList<>();
      for (int i = 0; i < topics; i++) {
        some.add(
            new NewTopic("topic-" + i, 1, (short) 1)
                .configs(Map.of("retention.ms", Integer.toString(86_400_000 + i))));
        if (some.size() == AT_ONCE || i == topics - 1) {
          admin.createTopics(some).all().get();
          some.clear();
        }
      }
    }
  }

  private static Replicator link(TestKafka source, TestKafka target) {
    return Replicator.builder()
        .link("configs")
        .source(
            KafkaSource.from(KafkaCluster.of("source", source.bootstrapServers()))
                .topics(TopicSelector.matching("topic-.*"))
                .build())
        .sink(KafkaSink.to(KafkaCluster.of("target", target.bootstrapServers())).build())
        .build();
  }

  /**
   * What the brokers were asked for so far, by the name of the request.
   *
   * @param requests how many
   * @param bytes of all of them: those that name all topics are much larger than others
   */
  private record Asked(Map<String, Long> requests, Map<String, Long> bytes) {}

  private static Asked asked() throws JMException {
    Map<String, Long> requests = new TreeMap<>();
    Map<String, Long> bytes = new TreeMap<>();
    for (ObjectName one : named("RequestsPerSec,request=*,version=*")) {
      requests.merge(
          one.getKeyProperty("request"), (Long) BEANS.getAttribute(one, "Count"), Long::sum);
    }
    for (ObjectName one : named("RequestBytes,request=*")) {
      double all =
          (Double) BEANS.getAttribute(one, "Mean") * (Long) BEANS.getAttribute(one, "Count");
      bytes.put(one.getKeyProperty("request"), Math.round(all));
    }
    if (requests.isEmpty() || bytes.isEmpty()) {
      throw new IllegalStateException("the brokers count no requests");
    }
    return new Asked(requests, bytes);
  }

  private static Set<ObjectName> named(String metric) throws JMException {
    return BEANS.queryNames(
        new ObjectName("kafka.network:type=RequestMetrics,name=" + metric), null);
  }

  private static void print(int topics, int minutes, Asked before, Asked after) {
    System.out.printf("%,d topics, unchanged, %d minutes, both clusters%n%n", topics, minutes);
    System.out.println("| request | count | bytes |\n| --- | ---: | ---: |");
    for (String request :
        List.of(
            "DescribeConfigs",
            "IncrementalAlterConfigs",
            "Metadata",
            "DescribeTopicPartitions",
            "DescribeCluster")) {
      System.out.printf(
          "| `%s` | %,d | %,d |%n",
          request,
          since(before.requests(), after.requests(), request),
          since(before.bytes(), after.bytes(), request));
    }
  }

  private static long since(Map<String, Long> before, Map<String, Long> after, String request) {
    return after.getOrDefault(request, 0L) - before.getOrDefault(request, 0L);
  }
}
