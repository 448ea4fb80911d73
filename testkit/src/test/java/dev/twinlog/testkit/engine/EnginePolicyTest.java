package dev.twinlog.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.Gap;
import dev.twinlog.PartitionState;
import dev.twinlog.PartitionStatus;
import dev.twinlog.RecreatedTopic;
import dev.twinlog.ReplicationListener;
import dev.twinlog.Replicator;
import dev.twinlog.TopicSync;
import dev.twinlog.spi.GapCause;
import dev.twinlog.spi.LinkDescription;
import dev.twinlog.spi.LinkMetrics;
import dev.twinlog.spi.LinkedCluster;
import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Source;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.SourceReader;
import dev.twinlog.spi.StartPosition;
import dev.twinlog.testkit.InMemoryCluster;
import dev.twinlog.testkit.InMemorySink;
import dev.twinlog.testkit.InMemorySource;
import dev.twinlog.testkit.SteppedReplicator;
import dev.twinlog.testkit.VirtualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests links that continue after gaps, and follow recreated topics, without being told. */
final class EnginePolicyTest {
  private static final TopicPartition ORDERS = new TopicPartition("orders", 0);
  private static final Duration INTERVAL = Duration.ofSeconds(31);

  private final VirtualClock clock = VirtualClock.create();
  private final InMemoryCluster east = InMemoryCluster.create("east", clock);
  private final InMemoryCluster other = InMemoryCluster.create("other", clock);
  private final InMemoryCluster west = InMemoryCluster.create("west", clock);
  private final Address address = new Address(east);
  private final List<SteppedReplicator> links = new ArrayList<>();
  private final List<String> events = new ArrayList<>();
  private long skipped;

  /** A source whose address may lead to another cluster. */
  private static final class Address implements Source, LinkedCluster {
    private InMemoryCluster cluster;
    private InMemorySource source;

    Address(InMemoryCluster cluster) {
      this.cluster = cluster;
      this.source = InMemorySource.from(cluster);
    }

    void leadTo(InMemoryCluster now) {
      source.breakReaders(new RetriableException("disconnected"));
      cluster = now;
      source = InMemorySource.from(now);
    }

    @Override
    public List<SourcePartition> partitions() {
      return source.partitions();
    }

    @Override
    public Map<TopicPartition, Long> resolve(Map<TopicPartition, StartPosition> starts) {
      return source.resolve(starts);
    }

    @Override
    public SourceReader openReader(PluginContext context) {
      return source.openReader(context);
    }

    @Override
    public String clusterId() {
      return cluster.id();
    }

    @Override
    public List<LinkDescription> linksInto() {
      return source.linksInto();
    }
  }

  @BeforeEach
  void createTopic() {
    east.createTopic("orders", 1);
  }

  @AfterEach
  void closeLinks() {
    links.forEach(SteppedReplicator::close);
  }

  private SteppedReplicator start(TopicSync sync) {
    ReplicationListener listener =
        new ReplicationListener() {
          @Override
          public void gap(TopicPartition source, long from, long to, GapCause cause) {
            events.add("gap %d %d %s".formatted(from, to, cause));
          }

          @Override
          public void lossAccepted(
              TopicPartition source, long from, long to, ReplicationException cause) {
            events.add("accepted %d %d".formatted(from, to));
          }

          @Override
          public void partitionStopped(TopicPartition source, ReplicationException cause) {
            events.add("stopped");
          }
        };
    LinkMetrics metrics =
        new LinkMetrics() {
          @Override
          public void skipped(TopicPartition source, long offsets) {
            skipped += offsets;
          }
        };
    SteppedReplicator link =
        SteppedReplicator.of(
            Replicator.builder()
                .link("east-to-west")
                .source(address)
                .sink(InMemorySink.to(west))
                .topicSync(sync)
                .clock(clock)
                .metrics(metrics)
                .onEvent(listener),
            clock,
            42);
    links.add(link);
    link.start();
    link.advance(Duration.ofSeconds(1));
    return link;
  }

  private static void produce(InMemoryCluster cluster, int count) {
    for (int i = 0; i < count; i++) {
      cluster.append(ORDERS, "key", "value-" + i);
    }
  }

  private static PartitionStatus orders(SteppedReplicator link) {
    return link.status().partitions().get(ORDERS);
  }

  @Test
  void offsetsThatRetentionRemoved_areLeftOut_andReportedExactly() {
    produce(east, 10);
    start(TopicSync.defaults()).close();
    produce(east, 10);
    east.truncateBefore(ORDERS, 15);
    SteppedReplicator link = start(TopicSync.defaults().onGap(Gap.CONTINUE));
    assertThat(orders(link).state()).isEqualTo(PartitionState.CAUGHT_UP);
    assertThat(west.records(ORDERS)).hasSize(15);
    assertThat(events).containsExactly("gap 10 15 RETENTION", "accepted 10 15");
    assertThat(orders(link).acceptedLosses()).hasSize(1);
    assertThat(skipped).isEqualTo(5);
  }

  @Test
  void aTailThatTheSourceLost_isPassed_whereLeaderEpochsShowIt() {
    produce(east, 10);
    start(TopicSync.defaults()).close();
    east.truncateAfter(ORDERS, 6);
    produce(east, 10);
    SteppedReplicator link = start(TopicSync.defaults().onGap(Gap.CONTINUE));
    assertThat(orders(link).state()).isEqualTo(PartitionState.CAUGHT_UP);
    assertThat(west.records(ORDERS)).hasSize(20);
    assertThat(events).containsExactly("gap 10 6 TRUNCATION", "accepted 10 6");
    assertThat(skipped).isZero();
  }

  @Test
  void aLossThatTheUserAccepts_isCountedOnce() {
    produce(east, 10);
    start(TopicSync.defaults()).close();
    produce(east, 10);
    east.truncateBefore(ORDERS, 15);
    SteppedReplicator link = start(TopicSync.defaults());
    link.replicator().resume(List.of(ORDERS));
    link.advance(Duration.ofSeconds(1));
    assertThat(skipped).isZero();
    link.replicator().acceptLoss(List.of(ORDERS));
    link.advance(Duration.ofSeconds(1));
    assertThat(skipped).isEqualTo(5);
  }

  @Test
  void aRecreatedTopic_isFollowed() {
    produce(east, 10);
    SteppedReplicator link = start(TopicSync.defaults().onRecreate(RecreatedTopic.FOLLOW));
    east.recreateTopic("orders");
    produce(east, 3);
    link.advance(INTERVAL);
    assertThat(orders(link).state()).isEqualTo(PartitionState.CAUGHT_UP);
    assertThat(west.records(ORDERS)).hasSize(13);
    assertThat(events).containsExactly("gap 10 0 RECREATED", "stopped", "accepted 10 0");
  }

  @Test
  void aTopicThatWasRecreatedWhileTheLinkWasDown_isFollowed() {
    produce(east, 10);
    start(TopicSync.defaults()).close();
    east.recreateTopic("orders");
    produce(east, 3);
    SteppedReplicator link = start(TopicSync.defaults().onRecreate(RecreatedTopic.FOLLOW));
    link.advance(Duration.ofSeconds(2));
    assertThat(orders(link).state()).isEqualTo(PartitionState.CAUGHT_UP);
    assertThat(west.records(ORDERS)).hasSize(13);
  }

  @Test
  void topicsOfAnotherCluster_areNotFollowed() {
    produce(east, 10);
    SteppedReplicator link = start(TopicSync.defaults().onRecreate(RecreatedTopic.FOLLOW));
    other.createTopic("orders", 1);
    produce(other, 5);
    address.leadTo(other);
    link.advance(INTERVAL.multipliedBy(3));
    assertThat(orders(link).state()).isEqualTo(PartitionState.STOPPED);
    assertThat(west.records(ORDERS)).hasSize(10);
  }
}
