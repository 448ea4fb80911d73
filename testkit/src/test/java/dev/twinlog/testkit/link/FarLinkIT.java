package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twinlog.Replicator;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.MirrorAssertions;
import dev.twinlog.testkit.NetworkLink;
import dev.twinlog.testkit.NetworkLink.Direction;
import dev.twinlog.testkit.TestKafka;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Tests a link with one cluster 50 ms away, over a network that is cut under load: in the middle of
 * requests, in the middle of responses, and in between.
 */
@TwinClusters
@Tag("long-on-records")
@Tag("long")
final class FarLinkIT {
  private static final Duration ROUND_TRIP = Duration.ofMillis(50);
  private static final int RECORD_BYTES = 500;
  private static final int PARTITIONS = 3;

  private static NetworkLink link;
  private static EmbeddedKafka distant;

  @BeforeAll
  static void start() {
    link = NetworkLink.builder().roundTrip(ROUND_TRIP).start();
    distant = EmbeddedKafka.builder().via(link).start();
  }

  @AfterAll
  static void stop() {
    distant.close();
    link.close();
  }

  @Test
  void farTargetIsCutUnderLoad_andNothingIsLostOrDoubled(TwinKafka twin) throws Exception {
    String orders = twin.topic("orders");
    twin.source().createTopic(orders, PARTITIONS);
    copyThroughCuts(twin.source(), link.cluster(), orders, twin.source());
    MirrorAssertions.assertMirrored(twin.source(), distant, orders);
  }

  @Test
  void farSourceIsCutUnderLoad_andNothingIsLostOrDoubled(TwinKafka twin) throws Exception {
    String orders = twin.topic("orders");
    distant.createTopic(orders, PARTITIONS);
    copyThroughCuts(link.cluster(), twin.target(), orders, distant);
    MirrorAssertions.assertMirrored(distant, twin.target(), orders);
  }

  /**
   * @param written the source cluster as its producers reach it, without the network
   */
  private static void copyThroughCuts(
      TestKafka source, TestKafka target, String topic, TestKafka written) throws Exception {
    KafkaTopics.of(written).sendNumbered(topic, 1_000);
    try (Replicator replicator = Links.link(source, target, topic).build();
        Load load = Load.on(written, topic, PARTITIONS, RECORD_BYTES)) {
      replicator.start();
      load.awaitSent(500);
      for (Direction direction : Direction.values()) {
        // An odd number of bytes, so that the cut is inside of a request or a response.
        link.cutAfter(direction, 2_003);
        await().atMost(Links.LIMIT).until(link::isCut);
        load.awaitSent(500);
        link.heal();
        Links.awaitCaughtUp(replicator);
      }
      link.cut();
      load.awaitSent(500);
      link.heal();
      load.close();
      Links.awaitCaughtUp(replicator);
      Links.awaitRunning(replicator);
      assertThat(replicator.status().lagRecords()).isZero();
    }
  }
}
