package dev.twinlog.internal.kafka.records;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Asks a cluster for offsets. Thread-safe. */
final class PartitionOffsets {
  private final LazyAdmin admin;
  private final TopicDirectory directory;
  private final ListOffsetsOptions options;

  PartitionOffsets(LazyAdmin admin, IsolationLevel isolation) {
    this.admin = admin;
    this.directory = new TopicDirectory(admin);
    this.options = new ListOffsetsOptions(isolation);
  }

  /** The offset of each partition that exists; −1 for a timestamp past the end. Waits. */
  Map<TopicPartition, Long> list(Map<TopicPartition, OffsetSpec> specs) {
    Map<TopicPartition, Long> offsets = new HashMap<>();
    if (specs.isEmpty()) {
      return offsets;
    }
    // the admin client asks again and again for a partition that does not exist, until its timeout
    Map<TopicPartition, OffsetSpec> existing = existing(specs);
    ListOffsetsResult result = admin.get().listOffsets(existing, options);
    for (TopicPartition partition : existing.keySet()) {
      try {
        offsets.put(partition, Answers.get(result.partitionResult(partition)).offset());
      } catch (UnknownTopicOrPartitionException e) {
        // deleted meanwhile: left out
      } catch (RuntimeException e) {
        throw admin
            .errors()
            .topic("list offsets of " + partition, "DESCRIBE on Topic " + partition.topic(), e);
      }
    }
    return offsets;
  }

  private Map<TopicPartition, OffsetSpec> existing(Map<TopicPartition, OffsetSpec> specs) {
    Set<String> topics = new HashSet<>();
    specs.keySet().forEach(partition -> topics.add(partition.topic()));
    Map<String, TopicAuthorizationException> denied = new HashMap<>();
    Map<String, TopicDescription> shapes = directory.shapes(topics, denied);
    Map<TopicPartition, OffsetSpec> existing = new HashMap<>(specs);
    existing
        .keySet()
        .removeIf(
            partition -> {
              // what may not be seen is asked for, so that its own error says so
              TopicDescription shape = shapes.get(partition.topic());
              return shape == null
                  ? !denied.containsKey(partition.topic())
                  : partition.partition() >= shape.partitions().size();
            });
    return existing;
  }

  /** One offset of one partition, without waiting. */
  KafkaFuture<Long> ask(TopicPartition partition, OffsetSpec spec) {
    return admin
        .get()
        .listOffsets(Map.of(partition, spec), options)
        .partitionResult(partition)
        .thenApply(ListOffsetsResultInfo::offset);
  }
}
