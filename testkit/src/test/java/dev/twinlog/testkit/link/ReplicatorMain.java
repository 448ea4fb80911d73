package dev.twinlog.testkit.link;

import dev.twinlog.Replicator;
import dev.twinlog.ReplicatorStatus;
import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.spi.LinkMetrics;
import dev.twinlog.spi.Route;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * A program that runs a replicator in a JVM of its own, which a test kills. Arguments: the two
 * addresses, the link's name and the topic. Prints a line {@code bytes copied <n>, in flight <n>,
 * lag <n>} every few milliseconds.
 */
public final class ReplicatorMain {
  private static final long PAUSE = Duration.ofMillis(5).toNanos();

  private ReplicatorMain() {}

  public static void main(String[] args) {
    AtomicLong read = new AtomicLong();
    AtomicLong acknowledged = new AtomicLong();
    try (Replicator replicator =
        Replicator.builder()
            .link(args[2])
            .source(
                KafkaSource.from(KafkaCluster.of("us-east", args[0]))
                    .path(Links.path())
                    .topics(TopicSelector.named(args[3]))
                    .build())
            .sink(KafkaSink.to(KafkaCluster.of("eu-west", args[1])).path(Links.path()).build())
            .maxInFlightBytes(256 << 10)
            .transform(
                record -> {
                  read.addAndGet(record.sizeInBytes());
                  return Optional.of(record);
                })
            .metrics(
                new LinkMetrics() {
                  @Override
                  public void copied(Route route, long records, long bytes, Duration latency) {
                    acknowledged.addAndGet(bytes);
                  }
                })
            .build()) {
      replicator.start();
      while (true) {
        ReplicatorStatus status = replicator.status();
        long before = read.get(); // records acknowledged since then only lower the result
        long inFlight = Math.max(0, before - acknowledged.get());
        System.out.printf(
            "bytes copied %d, in flight %d, lag %d%n",
            acknowledged.get(), inFlight, status.lagRecords());
        System.out.flush();
        LockSupport.parkNanos(PAUSE);
      }
    }
  }
}
