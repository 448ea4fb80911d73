package dev.twinlog.internal.kafka.state;

import dev.twinlog.internal.progress.Shards;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Where the records of a link's state are: each shard is a partition of the state topic. What
 * concerns the link as a whole is in the first one. Immutable.
 */
record StateAddress(String topic, Shards shards) {

  /** The address of a state with one shard. */
  static StateAddress of(String topic) {
    return new StateAddress(topic, Shards.ONE);
  }

  /** The partitions of all shards. */
  List<TopicPartition> partitions() {
    return IntStream.range(0, shards.count()).mapToObj(this::partition).toList();
  }

  /** The partition of the first shard. */
  TopicPartition first() {
    return partition(0);
  }

  private TopicPartition partition(int shard) {
    return new TopicPartition(topic, shard);
  }

  /** A record about a source partition. */
  ProducerRecord<byte[], byte[]> record(
      TopicPartition source, byte[] key, byte @Nullable [] value) {
    return new ProducerRecord<>(topic, shards.of(source), key, value);
  }

  /** A record about the link as a whole. */
  ProducerRecord<byte[], byte[]> recordOfLink(byte[] key, byte @Nullable [] value) {
    return new ProducerRecord<>(topic, 0, key, value);
  }
}
