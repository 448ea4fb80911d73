package dev.twinlog.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.PartitionState;
import dev.twinlog.Replicator;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.testkit.InMemoryCluster;
import dev.twinlog.testkit.InMemorySink;
import dev.twinlog.testkit.InMemorySource;
import dev.twinlog.testkit.SteppedReplicator;
import dev.twinlog.testkit.VirtualClock;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;

/** A stepped link between two clusters in memory. */
abstract class EngineCase {
  static final TopicPartition ORDERS_0 = new TopicPartition("orders", 0);
  static final TopicPartition ORDERS_1 = new TopicPartition("orders", 1);
  final VirtualClock clock = VirtualClock.create();
  final InMemoryCluster east = InMemoryCluster.create("east", clock);
  final InMemoryCluster west = InMemoryCluster.create("west", clock);
  final InMemorySource source = InMemorySource.from(east);
  final InMemorySink sink = InMemorySink.to(west);
  final List<SteppedReplicator> links = new ArrayList<>();

  SteppedReplicator link(Replicator.Builder builder) {
    SteppedReplicator link = SteppedReplicator.of(builder, clock, 42);
    links.add(link);
    return link;
  }

  Replicator.Builder builder() {
    return Replicator.builder().link("east-to-west").source(source).sink(sink).clock(clock);
  }

  @AfterEach
  void closeLinks() {
    links.forEach(SteppedReplicator::close);
    assertThat(links).allMatch(SteppedReplicator::isEnded);
  }

  void produce(TopicPartition partition, int count) {
    for (int i = 0; i < count; i++) {
      east.append(partition, "key-" + i, "value-" + i);
    }
  }

  static List<String> values(InMemoryCluster cluster, TopicPartition partition) {
    return cluster.records(partition).stream().map(EngineCase::value).toList();
  }

  static String value(ReplicationRecord record) {
    byte[] value = record.value();
    return value == null ? "null" : new String(value, StandardCharsets.UTF_8);
  }

  PartitionState state(SteppedReplicator link, TopicPartition partition) {
    return link.status().partitions().get(partition).state();
  }
}
