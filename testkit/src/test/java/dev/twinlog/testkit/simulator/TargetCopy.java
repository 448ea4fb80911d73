package dev.twinlog.testkit.simulator;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.twinlog.internal.batch.V2BatchDecoder;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.Route;
import dev.twinlog.testkit.InMemoryCluster;
import dev.twinlog.testkit.simulator.model.ModelBatch;
import dev.twinlog.testkit.simulator.model.ModelPartition;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;

/**
 * What the model of the target holds, in a cluster that sources can read: the same batches at the
 * same offsets, as far as they are replicated.
 */
final class TargetCopy {
  static final String ID = "target";

  private final World world;
  private final InMemoryCluster cluster;
  private final V2BatchDecoder decoder = new V2BatchDecoder();
  private final Map<Long, Optional<Route>> writtenBy = new HashMap<>();

  TargetCopy(World world) {
    this.world = world;
    this.cluster = InMemoryCluster.create(ID, world.clock());
    cluster.createTopic(SourceTopic.NAME, partitions());
    refresh();
    for (int i = 0; i < partitions(); i++) {
      cluster.truncateBefore(SourceTopic.partition(i), model(i).start());
    }
  }

  int partitions() {
    return world.scenario().targetPartitions();
  }

  ModelPartition model(int partition) {
    return world.kafka().partition(SourceTopic.partition(partition));
  }

  InMemoryCluster cluster() {
    return cluster;
  }

  /** Under which producer ids the link has written, and which route. */
  Map<Long, Optional<Route>> writtenBy() {
    return Map.copyOf(writtenBy);
  }

  /** Takes over what has been replicated since. */
  void refresh() {
    for (int i = 0; i < partitions(); i++) {
      TopicPartition name = SourceTopic.partition(i);
      ModelPartition model = model(i);
      long end = cluster.endOffset(name);
      for (ModelBatch batch : model.log()) {
        if (batch.baseOffset() >= end && batch.lastOffset() < model.highWatermark()) {
          skipTo(name, batch.baseOffset());
          if (batch.isControl()) {
            skipTo(name, batch.lastOffset() + 1);
          } else {
            append(name, batch);
          }
        }
      }
      skipTo(name, model.highWatermark());
    }
  }

  private void skipTo(TopicPartition name, long offset) {
    long end = cluster.endOffset(name);
    if (end < offset) {
      cluster.skip(name, offset - end);
    }
  }

  private void append(TopicPartition name, ModelBatch batch) {
    cluster.appendEncoded(name, batch.bytes());
    String first = text(decoder.decode(batch.bytes()).get(0));
    if (!first.startsWith(TargetTruth.FOREIGN)) {
      int source = Integer.parseInt(first.substring(0, first.indexOf(':')));
      writtenBy.merge(
          batch.producerId(),
          Optional.of(new Route(SourceTopic.partition(source), name)),
          (one, other) -> one.equals(other) ? one : Optional.empty());
    }
  }

  /** The records that the target holds, in order; none if it has no such partition. */
  List<ReplicationRecord> records(int partition) {
    List<ReplicationRecord> all = new ArrayList<>();
    if (partition >= partitions()) {
      return all;
    }
    for (ModelBatch batch : model(partition).log()) {
      if (!batch.isControl()) {
        all.addAll(decoder.decode(batch.bytes()));
      }
    }
    return all;
  }

  static String text(ReplicationRecord record) {
    return new String(Objects.requireNonNull(record.value()), UTF_8);
  }
}
