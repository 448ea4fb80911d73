package dev.twinlog.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.PartitionState;
import dev.twinlog.ReplicationListener;
import dev.twinlog.Replicator;
import dev.twinlog.testkit.InMemoryCluster;
import dev.twinlog.testkit.InMemorySink;
import dev.twinlog.testkit.InMemorySource;
import dev.twinlog.testkit.SteppedReplicator;
import dev.twinlog.testkit.VirtualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Tests that partitions of a deleted topic leave the link, and join it again when the topic is
 * back.
 */
final class EngineGoneTest {
  private static final Duration INTERVAL = Duration.ofSeconds(31);
  private static final TopicPartition ORDERS = new TopicPartition("orders", 0);
  private static final TopicPartition BILLS = new TopicPartition("bills", 0);

  private final VirtualClock clock = VirtualClock.create();
  private final InMemoryCluster east = InMemoryCluster.create("east", clock);
  private final InMemoryCluster west = InMemoryCluster.create("west", clock);
  private final AtomicBoolean visible = new AtomicBoolean(true);
  private final List<TopicPartition> removed = new ArrayList<>();
  private final SteppedReplicator link =
      SteppedReplicator.of(
          Replicator.builder()
              .link("east-to-west")
              .source(
                  InMemorySource.builder(east)
                      .topics(topic -> visible.get() || !topic.equals("orders"))
                      .build())
              .sink(InMemorySink.to(west))
              .clock(clock)
              .onEvent(
                  new ReplicationListener() {
                    @Override
                    public void partitionRemoved(TopicPartition source, String reason) {
                      removed.add(source);
                    }
                  }),
          clock,
          42);

  @BeforeEach
  void copyTenRecords() {
    east.createTopic("orders", 1);
    east.createTopic("bills", 1);
    produce(10);
    link.start();
    link.advance(Duration.ofSeconds(1));
    assertThat(west.records(ORDERS)).hasSize(10);
  }

  @AfterEach
  void close() {
    link.close();
  }

  private void produce(int count) {
    for (int i = 0; i < count; i++) {
      east.append(ORDERS, "key", "value-" + i);
    }
  }

  private PartitionState orders() {
    return link.status().partitions().get(ORDERS).state();
  }

  @Test
  void aTopicThatWasDeleted_leavesTheLinkWithAnEvent() {
    east.deleteTopic("orders");
    link.advance(INTERVAL);
    assertThat(orders()).isEqualTo(PartitionState.STOPPED);
    assertThat(removed).isEmpty();
    link.advance(INTERVAL);
    assertThat(removed).containsExactly(ORDERS);
    assertThat(link.status().partitions()).containsOnlyKeys(BILLS);
    assertThat(west.progress("east-to-west").saved().keySet())
        .extracting(source -> source.partition())
        .contains(ORDERS);
  }

  @Test
  void topicMissingInOneDiscovery_staysInTheLink() {
    visible.set(false);
    link.advance(INTERVAL);
    visible.set(true);
    produce(5);
    link.advance(INTERVAL);
    assertThat(removed).isEmpty();
    assertThat(orders()).isEqualTo(PartitionState.CAUGHT_UP);
    assertThat(west.records(ORDERS)).hasSize(15);
  }

  @Test
  void topicThatReappears_continuesAtItsPosition() {
    visible.set(false);
    link.advance(INTERVAL.multipliedBy(2));
    assertThat(removed).containsExactly(ORDERS);
    produce(5);
    visible.set(true);
    link.advance(INTERVAL);
    assertThat(orders()).isEqualTo(PartitionState.CAUGHT_UP);
    assertThat(west.records(ORDERS)).hasSize(15);
  }

  @Test
  void aTopicOfTheSameNameThatIsCreatedLater_stopsAsARecreatedOne() {
    east.deleteTopic("orders");
    link.advance(INTERVAL.multipliedBy(2));
    assertThat(removed).containsExactly(ORDERS);
    east.createTopic("orders", 1);
    produce(3);
    link.advance(INTERVAL);
    assertThat(orders()).isEqualTo(PartitionState.STOPPED);
    assertThat(link.status().partitions().get(ORDERS).cause().orElseThrow())
        .hasMessageContaining("copied up to 10");
    link.replicator().acceptLoss(List.of(ORDERS));
    link.advance(Duration.ofSeconds(1));
    assertThat(west.records(ORDERS)).hasSize(13);
  }
}
