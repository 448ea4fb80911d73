package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twinlog.DeliveryGuarantee;
import dev.twinlog.Replicator;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.MirrorAssertions;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Tests that the number of lanes is changed while records are copied. */
@TwinClusters
final class LanesIT {
  private static final int PARTITIONS = 6;

  private static List<String> threadsOf(String link, String role) {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("twinlog-" + link + "-" + role))
        .toList();
  }

  @Test
  void lanesAreChangedUnderLoad_andEachRecordIsCopiedOnce(TwinKafka twin) throws Exception {
    String topic = twin.topic("orders");
    String name = Links.newName();
    KafkaTopics.of(twin.source()).create(topic, PARTITIONS, Map.of());
    try (Load load = Load.on(twin.source(), topic, PARTITIONS, 100);
        Replicator replicator =
            Links.link(twin.source(), twin.target(), topic).link(name).build()) {
      replicator.start();
      for (int lanes : List.of(4, 2, 1)) {
        load.awaitSent(500);
        replicator.lanes(lanes);
        await()
            .atMost(Links.LIMIT)
            .untilAsserted(
                () -> {
                  assertThat(threadsOf(name, "reader-")).hasSize(lanes);
                  assertThat(threadsOf(name, "writer-")).hasSize(lanes);
                });
      }
      load.awaitSent(500);
      load.close();
      Links.awaitCaughtUp(replicator);
      assertThat(replicator.status().partitions().values())
          .hasSize(PARTITIONS)
          .allMatch(one -> one.guarantee() == DeliveryGuarantee.EXACTLY_ONCE);
    }
    MirrorAssertions.assertMirrored(twin.source(), twin.target(), topic);
  }
}
