package dev.twinlog.internal.kafka.records;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Asks a cluster for offsets. Thread-safe. */
final class PartitionOffsets {
  private final LazyAdmin admin;
  private final ListOffsetsOptions options;

  PartitionOffsets(LazyAdmin admin, IsolationLevel isolation) {
    this.admin = admin;
    this.options = new ListOffsetsOptions(isolation);
  }

  /** The offset of each partition that exists; −1 for a timestamp past the end. Waits. */
  Map<TopicPartition, Long> list(Map<TopicPartition, OffsetSpec> specs) {
    Map<TopicPartition, Long> offsets = new HashMap<>();
    if (specs.isEmpty()) {
      return offsets;
    }
    ListOffsetsResult result = admin.get().listOffsets(specs, options);
    for (TopicPartition partition : specs.keySet()) {
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

  /** One offset of one partition, without waiting. */
  KafkaFuture<Long> ask(TopicPartition partition, OffsetSpec spec) {
    return admin
        .get()
        .listOffsets(Map.of(partition, spec), options)
        .partitionResult(partition)
        .thenApply(ListOffsetsResultInfo::offset);
  }
}
