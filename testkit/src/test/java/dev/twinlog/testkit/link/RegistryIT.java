package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.Replicator;
import dev.twinlog.kafka.DataPath;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tests what a link leaves in its registry. */
@TwinClusters
@Tag("long-on-records")
final class RegistryIT {

  @Test
  void theRegistry_hasTheDescriptionAndEveryProducerIdOfTheLink(TwinKafka twin) throws Exception {
    String topic = twin.topic("orders");
    String link = Links.newName();
    twin.source().createTopic(topic, 3);
    for (int run = 0; run < 2; run++) {
      KafkaTopics.of(twin.source()).sendNumbered(topic, 90);
      try (Replicator replicator =
          Links.link(twin.source(), twin.target(), topic).link(link).build()) {
        replicator.start();
        Links.awaitCaughtUp(replicator);
        checkRegistry(twin, link, topic);
        assertThat(replicator.status().notes()).isEmpty();
      }
    }
  }

  private static void checkRegistry(TwinKafka twin, String link, String topic) throws Exception {
    Set<Long> registered = new TreeSet<>();
    boolean described = false;
    for (ConsumerRecord<byte[], byte[]> one :
        KafkaTopics.of(twin.target()).read("twinlog." + link + ".registry")) {
      described |= one.key()[1] == 'L';
      if (one.key()[1] == 'I') {
        registered.add(ByteBuffer.wrap(one.key()).getLong(2));
        assertThat(new String(one.value(), StandardCharsets.UTF_8))
            .contains(twin.source().clusterId(), topic);
      }
    }
    assertThat(described).isTrue();
    Set<Long> used = producers(twin, topic);
    assertThat(used).isNotEmpty();
    if (Links.path() != DataPath.RECORDS) { // the record path's ids are not in its progress
      assertThat(registered).containsAll(used);
    }
  }

  private static Set<Long> producers(TwinKafka twin, String topic) throws Exception {
    Set<Long> ids = new TreeSet<>();
    try (Admin admin = twin.target().admin()) {
      for (int partition = 0; partition < 3; partition++) {
        TopicPartition one = new TopicPartition(topic, partition);
        admin.describeProducers(List.of(one)).partitionResult(one).get().activeProducers().stream()
            .map(ProducerState::producerId)
            .forEach(ids::add);
      }
    }
    return ids;
  }
}
