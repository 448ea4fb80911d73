package dev.twinlog.testkit.link;

import dev.twinlog.GroupSync;
import dev.twinlog.Replicator;
import dev.twinlog.ReplicatorStatus;
import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;

/**
 * A program that keeps consumer groups in step in a JVM of its own, which a test kills. Arguments:
 * the two addresses, the link's name and the topics. Prints a line {@code groups <n>, lag <n>,
 * compared <n> ms ago} every few milliseconds.
 */
public final class GroupSyncMain {
  private static final long PAUSE = Duration.ofMillis(20).toNanos();

  private GroupSyncMain() {}

  public static void main(String[] args) {
    String[] topics = Arrays.copyOfRange(args, 3, args.length);
    try (Replicator replicator =
        Replicator.builder()
            .link(args[2])
            .source(
                KafkaSource.from(KafkaCluster.of("us-east", args[0]))
                    .path(Links.path())
                    .topics(TopicSelector.named(topics))
                    .build())
            .sink(KafkaSink.to(KafkaCluster.of("eu-west", args[1])).path(Links.path()).build())
            .maxInFlightBytes(256 << 10)
            .groupSync(GroupSync.defaults().interval(Duration.ofMillis(100)))
            .build()) {
      replicator.start();
      while (true) {
        ReplicatorStatus status = replicator.status();
        System.out.printf(
            "groups %d, lag %d, compared %d ms ago%n",
            status.groups().size(),
            status.lagRecords(),
            status
                .groupsAsOf()
                .map(at -> Duration.between(at, Instant.now()).toMillis())
                .orElse(-1L));
        System.out.flush();
        LockSupport.parkNanos(PAUSE);
      }
    }
  }
}
