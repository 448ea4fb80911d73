package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.Replicator;
import dev.twinlog.spi.GapCause;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import dev.twinlog.testkit.junit.ExpectedLogs;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** Tests a link whose source broker, the only one, loses a log while the link is down. */
@TwinClusters
@ExpectedLogs("-> STOPPED")
final class SourceLogLostIT {

  @Test
  void aLogThatGrewPastThePositionAgain_isATruncation_andIsCopiedOnceThatIsAccepted(TwinKafka twin)
      throws Exception {
    String topic = twin.topic("regrown");
    TopicPartition partition = new TopicPartition(topic, 0);
    String name = Links.newName();
    try (EmbeddedKafka source =
        EmbeddedKafka.builder().config("broker.session.timeout.ms", "3000").start()) {
      source.createTopic(topic, 1);
      KafkaTopics topics = KafkaTopics.of(source);
      topics.send(Copies.numbered(topic, 0, 0, 1_000));
      try (Replicator first = Links.link(source, twin.target(), topic).link(name).build()) {
        first.start();
        Links.awaitCaughtUp(first);
      }
      source.stopBroker(0);
      source.loseLog(0, partition, 0);
      source.startBroker(0);
      KafkaTopics.of(source).send(Copies.numbered(topic, 0, 10_000, 11_500));
      Heard heard = new Heard();
      try (Replicator second =
          Links.link(source, twin.target(), topic).link(name).onEvent(heard).build()) {
        second.start();
        var unused = heard.awaitStop(partition, 1);
        assertThat(heard.gaps())
            .containsExactly(new Heard.Gap(partition, 1_000, 0, GapCause.TRUNCATION));
        second.acceptLoss(List.of(partition));
        Links.awaitCaughtUp(second);
      }
      List<String> all = new ArrayList<>();
      Copies.numbered(topic, 0, 0, 1_000)
          .forEach(r -> all.add(new String(r.value(), StandardCharsets.UTF_8)));
      Copies.numbered(topic, 0, 10_000, 11_500)
          .forEach(r -> all.add(new String(r.value(), StandardCharsets.UTF_8)));
      assertThat(Copies.values(twin.target(), topic, 0)).isEqualTo(all);
    }
  }
}
