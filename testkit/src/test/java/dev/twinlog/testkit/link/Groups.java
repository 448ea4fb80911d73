package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twinlog.GroupState;
import dev.twinlog.GroupStatus;
import dev.twinlog.Replicator;
import dev.twinlog.testkit.TestKafka;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Consumer groups of a test cluster. */
final class Groups {
  private static final Duration POLL = Duration.ofMillis(100);

  private Groups() {}

  /** Commits positions of a group without members. */
  static void commit(TestKafka kafka, String group, Map<TopicPartition, Long> positions) {
    Map<TopicPartition, OffsetAndMetadata> commits = new HashMap<>();
    positions.forEach((partition, offset) -> commits.put(partition, new OffsetAndMetadata(offset)));
    commitAll(kafka, group, commits);
  }

  static void commit(TestKafka kafka, String group, TopicPartition partition, long offset) {
    commit(kafka, group, Map.of(partition, offset));
  }

  static void commitAll(
      TestKafka kafka, String group, Map<TopicPartition, OffsetAndMetadata> commits) {
    try (Admin admin = kafka.admin()) {
      admin.alterConsumerGroupOffsets(group, commits).all().get();
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The committed offsets of a group; empty if it doesn't exist. */
  static Map<TopicPartition, OffsetAndMetadata> committed(TestKafka kafka, String group) {
    try (Admin admin = kafka.admin()) {
      return admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get();
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The committed offset of a group in a partition; -1 if there is none. */
  static long committed(TestKafka kafka, String group, TopicPartition partition) {
    OffsetAndMetadata found = committed(kafka, group).get(partition);
    return found == null ? -1 : found.offset();
  }

  static void delete(TestKafka kafka, String group) {
    try (Admin admin = kafka.admin()) {
      admin.deleteConsumerGroups(List.of(group)).all().get();
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A member of the group that never commits by itself, and has no position to fall back to. */
  static KafkaConsumer<byte[], byte[]> member(
      TestKafka kafka, String group, String protocol, Collection<String> topics) {
    Map<String, Object> config = new HashMap<>(kafka.clientProperties());
    config.put("group.id", group);
    config.put("group.protocol", protocol);
    config.put("enable.auto.commit", false);
    config.put("auto.offset.reset", "none");
    config.put("isolation.level", "read_committed");
    KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    consumer.subscribe(topics);
    return consumer;
  }

  /** Joins the group, and reads all partitions of these topics from its positions to their ends. */
  static Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> readToTheEnd(
      TestKafka kafka, String group, String protocol, Set<TopicPartition> partitions) {
    Set<String> topics = partitions.stream().map(TopicPartition::topic).collect(Collectors.toSet());
    Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> read = new HashMap<>();
    partitions.forEach(partition -> read.put(partition, new ArrayList<>()));
    try (KafkaConsumer<byte[], byte[]> consumer = member(kafka, group, protocol, topics)) {
      await()
          .atMost(Links.LIMIT)
          .pollInterval(Duration.ofMillis(1))
          .pollInSameThread()
          .until(
              () -> {
                for (ConsumerRecord<byte[], byte[]> one : consumer.poll(POLL)) {
                  read.get(new TopicPartition(one.topic(), one.partition())).add(one);
                }
                return consumer.assignment().equals(partitions) && isAtTheEnd(consumer);
              });
    }
    return read;
  }

  private static boolean isAtTheEnd(KafkaConsumer<byte[], byte[]> consumer) {
    return consumer.endOffsets(consumer.assignment()).entrySet().stream()
        .allMatch(end -> consumer.position(end.getKey()) >= end.getValue());
  }

  static Optional<GroupStatus> status(Replicator replicator, String group) {
    return Optional.ofNullable(replicator.groups().get(group));
  }

  /** Waits until the link shows this state of a group whose source position is this one. */
  static GroupStatus awaitState(
      Replicator replicator,
      String group,
      TopicPartition partition,
      long source,
      GroupState state) {
    await()
        .atMost(Links.LIMIT)
        .untilAsserted(
            () ->
                assertThat(status(replicator, group))
                    .as("%s in %s: %s", group, replicator.status(), replicator.groups())
                    .hasValueSatisfying(
                        it -> {
                          assertThat(it.state()).as("%s", it).isEqualTo(state);
                          assertThat(it.positions()).as("%s", it).containsKey(partition);
                          assertThat(it.positions().get(partition).source()).isEqualTo(source);
                        }));
    return status(replicator, group).orElseThrow();
  }
}
