package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.twinlog.LinkState;
import dev.twinlog.Replicator;
import dev.twinlog.spi.FencedException;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import dev.twinlog.testkit.junit.ExpectedLogs;
import java.time.Duration;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** Tests two instances of one link that run at the same time. */
@TwinClusters
final class TwoInstancesIT {

  @Test
  @ExpectedLogs("-> FENCED")
  void theOlderOneIsFencedAndTheNewerOneGoesOn(TwinKafka twin) throws Exception {
    String orders = twin.topic("orders");
    String name = Links.newName();
    TopicPartition partition = new TopicPartition(orders, 0);
    KafkaTopics source = KafkaTopics.of(twin.source());
    twin.source().createTopic(orders, 1);
    source.send(Copies.numbered(orders, 0, 0, 1_000));
    Heard heard = new Heard();
    try (Replicator older =
            Links.link(twin.source(), twin.target(), orders).link(name).onEvent(heard).build();
        Replicator newer = Links.link(twin.source(), twin.target(), orders).link(name).build()) {
      older.start();
      Links.awaitCaughtUp(older);
      newer.start();
      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(() -> assertThat(older.status().state()).isEqualTo(LinkState.FENCED));
      assertThat(older.status().lastError().orElseThrow())
          .isInstanceOf(FencedException.class)
          .hasMessageContainingAll("another instance", name, "eu-west");
      await().atMost(Links.LIMIT).until(() -> heard.linkStates().contains(LinkState.FENCED));
      assertThatThrownBy(() -> older.awaitCaughtUp(Links.LIMIT))
          .isInstanceOf(FencedException.class);

      source.send(Copies.numbered(orders, 0, 1_000, 2_000));
      Links.awaitCaughtUp(newer);
      assertThat(newer.status().state()).isEqualTo(LinkState.RUNNING);
      assertThat(Links.partition(newer, partition).sourcePosition()).isEqualTo(2_000);
    }
    int duplicates = Copies.assertComplete(twin.source(), twin.target(), orders);
    System.out.printf("two instances of one link: %d duplicates%n", duplicates);
  }
}
