package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twinlog.DeliveryGuarantee;
import dev.twinlog.PartitionState;
import dev.twinlog.Replicator;
import dev.twinlog.kafka.DataPath;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import dev.twinlog.testkit.junit.ExpectedLogs;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.PolicyViolationException;
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

  @Test
  void aLinkThatCopiesAtLeastOnce_hasItsProducerIdsThereAsWell(TwinKafka twin) throws Exception {
    String topic = twin.topic("orders");
    String link = Links.newName();
    twin.source().createTopic(topic, 3);
    KafkaTopics.of(twin.source()).sendNumbered(topic, 90);
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), topic)
            .link(link)
            .deliveryGuarantee(DeliveryGuarantee.AT_LEAST_ONCE)
            .build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      Set<Long> used = producers(twin, topic);
      assertThat(used).isNotEmpty();
      if (Links.path() != DataPath.RECORDS) { // KafkaProducer does not show its id
        assertThat(registered(twin, link)).containsAll(used);
      }
    }
  }

  @Test
  @ExpectedLogs({"lost all records before", "was selected by name and does not exist"})
  void aRegistryWhoseRecordsWereDeleted_isWrittenAgain(TwinKafka twin) throws Exception {
    String topic = twin.topic("orders");
    String later = twin.topic("later");
    String link = Links.newName();
    twin.source().createTopic(topic, 3);
    KafkaTopics.of(twin.source()).sendNumbered(topic, 90);
    for (int run = 0; run < 2; run++) { // a registry that was just created is not checked at once
      try (Replicator replicator =
          Links.link(twin.source(), twin.target(), topic, later)
              .link(link)
              .discoveryInterval(Duration.ofMillis(500))
              .build()) {
        replicator.start();
        Links.awaitState(replicator, new TopicPartition(topic, 0), PartitionState.CAUGHT_UP);
        if (run == 1) {
          deleteRecords(twin, "twinlog." + link + ".registry");
          twin.source().createTopic(later, 1); // which is written to the registry
          await()
              .atMost(Links.LIMIT)
              .until(
                  () ->
                      replicator.status().notes().values().stream()
                          .flatMap(List::stream)
                          .anyMatch(note -> note.contains("the registry was written again")));
          checkRegistry(twin, link, topic);
        }
      }
    }
    deleteRecords(twin, "twinlog." + link + ".registry");
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), topic, later).link(link).build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      checkRegistry(twin, link, topic);
    }
  }

  private static void deleteRecords(TwinKafka twin, String topic) throws Exception {
    TopicPartition one = new TopicPartition(topic, 0);
    ConfigSyncIT.alter(
        twin.target(), topic, Map.of("cleanup.policy", Optional.of("compact,delete")));
    try (Admin admin = twin.target().admin()) {
      await() // until the broker has heard of the policy
          .atMost(Links.LIMIT)
          .ignoreExceptionsMatching(e -> e.getCause() instanceof PolicyViolationException)
          .until(
              () ->
                  admin
                          .deleteRecords(Map.of(one, RecordsToDelete.beforeOffset(-1)))
                          .lowWatermarks()
                          .get(one)
                          .get()
                          .lowWatermark()
                      > 0);
    }
    ConfigSyncIT.alter(twin.target(), topic, Map.of("cleanup.policy", Optional.of("compact")));
    assertThat(KafkaTopics.of(twin.target()).read(topic)).isEmpty();
  }

  private static Set<Long> registered(TwinKafka twin, String link) {
    Set<Long> registered = new TreeSet<>();
    for (ConsumerRecord<byte[], byte[]> one :
        KafkaTopics.of(twin.target()).read("twinlog." + link + ".registry")) {
      if (one.key()[1] == 'I') {
        registered.add(ByteBuffer.wrap(one.key()).getLong(2));
      }
    }
    return registered;
  }

  private static void checkRegistry(TwinKafka twin, String link, String topic) throws Exception {
    boolean described = false;
    boolean routed = false;
    for (ConsumerRecord<byte[], byte[]> one :
        KafkaTopics.of(twin.target()).read("twinlog." + link + ".registry")) {
      described |= one.key()[1] == 'L';
      if (one.key()[1] == 'I') {
        String value = new String(one.value(), StandardCharsets.UTF_8);
        assertThat(value).contains(twin.source().clusterId());
        routed |= value.contains(topic);
      }
    }
    assertThat(described).isTrue();
    Set<Long> used = producers(twin, topic);
    assertThat(used).isNotEmpty();
    if (Links.path() != DataPath.RECORDS) { // the record path's ids are not in its progress
      assertThat(routed).isTrue();
      assertThat(registered(twin, link)).containsAll(used);
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
