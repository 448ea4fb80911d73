package dev.twinlog.testkit.soak;

import dev.twinlog.testkit.ChildKafka;
import dev.twinlog.testkit.NetworkLink;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * The two clusters of a soak: each broker is a process, and each cluster has a {@link NetworkLink}
 * in front of it.
 */
final class SoakClusters implements AutoCloseable {
  private static final int SOURCE_BROKERS = 2;
  private static final int TARGET_BROKERS = 3;

  /** A cluster and the network in front of it. */
  record Side(String name, ChildKafka kafka, NetworkLink network) implements AutoCloseable {
    @Override
    public void close() {
      network.close();
      kafka.close();
    }
  }

  private final Side source;
  private final Side target;

  private SoakClusters(Side source, Side target) {
    this.source = source;
    this.target = target;
  }

  static SoakClusters start(SoakOptions options) {
    CompletableFuture<Side> starting =
        CompletableFuture.supplyAsync(
            () -> side("target", TARGET_BROKERS, options),
            task -> new Thread(task, "soak-target").start());
    Side source;
    try {
      source = side("source", SOURCE_BROKERS, options);
    } catch (RuntimeException e) {
      var unused = starting.thenAccept(Side::close);
      throw e;
    }
    try {
      SoakClusters clusters = new SoakClusters(source, starting.join());
      for (SoakTopic topic : SoakTopic.values()) {
        source.kafka().createTopic(topic.topic(), topic.partitions(), topic.configs());
      }
      return clusters;
    } catch (CompletionException e) {
      source.close();
      throw e;
    }
  }

  /**
   * JVM options for little logging by SLF4J's simple binding, if this JVM is configured to use it
   * instead of the tests' Logback.
   */
  static String[] logging(String twinlog) {
    String prefix = "-Dorg.slf4j.simpleLogger.";
    List<String> options =
        new ArrayList<>(
            List.of(
                prefix + "defaultLogLevel=warn",
                prefix + "log.dev.twinlog=" + twinlog,
                prefix + "showDateTime=true",
                prefix + "dateTimeFormat=HH:mm:ss.SSS"));
    for (String key : List.of("slf4j.provider", "slf4j.internal.verbosity")) {
      String value = System.getProperty(key);
      if (value != null) {
        options.add("-D" + key + "=" + value);
      }
    }
    return options.toArray(String[]::new);
  }

  Side source() {
    return source;
  }

  Side target() {
    return target;
  }

  @Override
  public void close() {
    source.close();
    target.close();
  }

  private static Side side(String name, int brokers, SoakOptions options) {
    String minIsr = Integer.toString(brokers - 1);
    NetworkLink network = NetworkLink.builder().seed(options.seed()).start();
    try {
      ChildKafka.Builder builder =
          ChildKafka.builder()
              .brokers(brokers)
              .via(network)
              .jvmArgs("-Xmx256m", "-Xss512k")
              .jvmArgs(logging("warn"))
              .config("min.insync.replicas", minIsr)
              .config("transaction.state.log.min.isr", minIsr)
              .config("unclean.leader.election.enable", "false")
              // Brokers wait no longer for a frozen broker than clients do.
              .config("request.timeout.ms", "5000")
              .config("replica.socket.timeout.ms", "5000")
              .config("log.cleaner.backoff.ms", "2000")
              .config("message.max.bytes", "4000000");
      if (name.equals("source")) {
        // Brokers must not forget the load's producers, however old their records are.
        builder.config("producer.id.expiration.ms", Long.toString(Duration.ofDays(24).toMillis()));
      } else if (options.oldDays() > 0) {
        builder.config("producer.id.expiration.check.interval.ms", "1000");
      }
      return new Side(name, builder.start(), network);
    } catch (RuntimeException e) {
      network.close();
      throw e;
    }
  }
}
