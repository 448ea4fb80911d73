package dev.twinlog.testkit.versions;

import dev.twinlog.Replicator;
import dev.twinlog.ReplicatorStatus;
import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * A program that runs a replicator in a JVM with another kafka-clients version on its class path.
 * Arguments: the two addresses and the expression for the topics. Prints which path was chosen; for
 * each line on its standard input waits until the link has caught up and prints a line; ends with
 * the input.
 */
public final class VersionedLink {
  private VersionedLink() {}

  public static void main(String[] args) throws Exception {
    try (Replicator replicator =
        Replicator.builder()
            .link("versions")
            .source(
                KafkaSource.from(KafkaCluster.of("us-east", args[0]))
                    .topics(TopicSelector.matching(args[2]))
                    .build())
            .sink(KafkaSink.to(KafkaCluster.of("eu-west", args[1])).build())
            .discoveryInterval(Duration.ofMillis(500))
            .build()) {
      replicator.start();
      ReplicatorStatus status = replicator.status();
      System.out.printf(
          "path %s %s%n", status.dataPath(), status.dataPathReason().orElse("as it should be"));
      BufferedReader orders =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      while (orders.readLine() != null) {
        boolean done = replicator.awaitCaughtUp(Duration.ofSeconds(60));
        System.out.printf("%s%n", done ? "caught up" : replicator.status());
      }
    }
    System.out.println("closed");
  }
}
