package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.Replicator;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.MirrorAssertions;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import dev.twinlog.testkit.child.ChildJvm;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tests a replicator whose JVM is killed by {@code kill -9} under load. */
@TwinClusters
final class KilledReplicatorIT {
  private static final int PARTITIONS = 3;
  private static final long ENOUGH_BYTES = 3_000_000;
  private static final Pattern STATUS =
      Pattern.compile("bytes copied (\\d+), in flight (\\d+), lag (\\d+)");

  @Test
  @Tag("long-on-records")
  void killUnderLoadLosesNothingAndRepeatsNothing(TwinKafka twin) throws Exception {
    String topic = twin.topic("orders");
    String link = Links.newName();
    KafkaTopics.of(twin.source()).create(topic, PARTITIONS, Map.of());
    try (Load load = Load.on(twin.source(), topic, PARTITIONS, 1_000)) {
      load.awaitSent(20_000);
      killInFlight(twin, link, topic);
      load.close();
      try (Replicator replicator =
          Links.link(twin.source(), twin.target(), topic)
              .link(link)
              .transform(Optional::of) // the child has the same Java version
              .build()) {
        replicator.start();
        Links.awaitCaughtUp(replicator);
        assertThat(replicator.status().lagRecords()).isZero();
      }
    }
    MirrorAssertions.assertMirrored(twin.source(), twin.target(), topic);
  }

  @Test
  void closingUnderLoadRepeatsNothing(TwinKafka twin) throws Exception {
    String topic = twin.topic("orders");
    String link = Links.newName();
    KafkaTopics.of(twin.source()).create(topic, PARTITIONS, Map.of());
    try (Load load = Load.on(twin.source(), topic, PARTITIONS, 100)) {
      for (int run = 0; run < 3; run++) {
        try (Replicator replicator =
            Links.link(twin.source(), twin.target(), topic).link(link).build()) {
          replicator.start();
          load.awaitSent(500);
          assertThat(replicator.status().partitions()).hasSize(PARTITIONS);
        }
      }
      load.close();
      try (Replicator replicator =
          Links.link(twin.source(), twin.target(), topic).link(link).build()) {
        replicator.start();
        Links.awaitCaughtUp(replicator);
      }
    }
    MirrorAssertions.assertMirrored(twin.source(), twin.target(), topic);
  }

  private static void killInFlight(TwinKafka twin, String link, String topic) {
    try (ChildJvm child =
        ChildJvm.builder(ReplicatorMain.class.getName())
            .jvmArgs(
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Dtwinlog.test.path=" + Links.path())
            .args(twin.source().bootstrapServers(), twin.target().bootstrapServers(), link, topic)
            .start()) {
      child.awaitLine(
          line -> copied(line) > ENOUGH_BYTES && inFlight(line) > 0 && lag(line) > 0, Links.LIMIT);
      child.kill();
      List<String> said = child.output().stream().filter(STATUS.asMatchPredicate()).toList();
      String last = said.get(said.size() - 1);
      System.out.println("Killed at: " + last);
      assertThat(inFlight(last)).as("bytes in flight at the kill").isPositive();
      assertThat(lag(last)).as("lag at the kill").isPositive();
    }
  }

  private static long copied(String line) {
    return figure(line, 1);
  }

  private static long inFlight(String line) {
    return figure(line, 2);
  }

  private static long lag(String line) {
    return figure(line, 3);
  }

  private static long figure(String line, int group) {
    Matcher matcher = STATUS.matcher(line);
    return matcher.matches() ? Long.parseLong(matcher.group(group)) : 0;
  }
}
