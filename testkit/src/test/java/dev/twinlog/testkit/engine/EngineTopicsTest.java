package dev.twinlog.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.DeletedTopic;
import dev.twinlog.LinkState;
import dev.twinlog.PartitionState;
import dev.twinlog.ReplicationListener;
import dev.twinlog.Replicator;
import dev.twinlog.TopicSync;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.spi.ConfigurationException;
import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.Source;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.SourceReader;
import dev.twinlog.spi.StartPosition;
import dev.twinlog.testkit.InMemorySink;
import dev.twinlog.testkit.InMemorySink.AckMode;
import dev.twinlog.testkit.InMemorySource;
import dev.twinlog.testkit.SteppedReplicator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests selections of topics that are replaced while a link runs, in virtual time. */
final class EngineTopicsTest extends EngineCase {
  private static final Duration INTERVAL = Duration.ofSeconds(31);
  private static final TopicPartition USERS_0 = new TopicPartition("users", 0);
  private static final TopicSelector ORDERS = TopicSelector.named("orders");
  private static final TopicSelector USERS = TopicSelector.named("users");
  private static final TopicSelector ALL = TopicSelector.matching(".*");

  private final Told told = new Told();

  @BeforeEach
  void createTopics() {
    east.createTopic("orders", 2);
    east.createTopic("users", 1);
  }

  private SteppedReplicator started(Replicator.Builder builder) {
    SteppedReplicator link = link(builder.onEvent(told));
    link.start();
    link.advance(Duration.ofSeconds(1));
    return link;
  }

  private SteppedReplicator started() {
    return started(builder());
  }

  private void assertCopied(TopicPartition partition) {
    assertThat(values(west, partition)).isEqualTo(values(east, partition));
  }

  @Test
  void topics_topicThatLeaves_isWrittenOut_andContinuesWhenItIsSelectedAgain() {
    produce(ORDERS_0, 10);
    produce(USERS_0, 10);
    SteppedReplicator link = started();
    produce(USERS_0, 5);
    link.replicator().topics(ORDERS);
    link.settle();
    assertThat(link.status().partitions()).containsOnlyKeys(ORDERS_0, ORDERS_1);
    assertThat(told.removed).hasSize(1);
    assertThat(told.removed.get(0)).startsWith("users-0: its topic is not selected any more");
    assertThat(told.selections).containsExactly(ORDERS);
    assertThat(told.stopped).isEmpty();
    assertThat(link.status().selectedTopics()).contains("named [orders]");
    assertThat(link.status().toString()).contains("until its next start topics named [orders]");
    int left = west.records(USERS_0).size();
    produce(ORDERS_0, 10);
    produce(USERS_0, 10);
    link.advance(INTERVAL.multipliedBy(3));
    assertThat(west.records(USERS_0)).hasSize(left);
    assertCopied(ORDERS_0);
    link.replicator().topics(ALL);
    link.advance(Duration.ofSeconds(1));
    assertCopied(USERS_0);
    assertThat(state(link, USERS_0)).isEqualTo(PartitionState.CAUGHT_UP);
    assertThat(told.stopped).isEmpty();
  }

  @Test
  void topics_topicThatJoins_isCopiedFromItsBeginning() {
    produce(USERS_0, 10);
    SteppedReplicator link =
        started(
            builder()
                .source(InMemorySource.builder(east).topics("orders"::equals).build())
                .startFrom(StartPosition.latest()));
    assertThat(link.status().partitions()).containsOnlyKeys(ORDERS_0, ORDERS_1);
    link.replicator().topics(ALL);
    CompletableFuture<Void> caughtUp = link.whenCaughtUp();
    link.advance(Duration.ofSeconds(2));
    assertThat(caughtUp).isCompleted();
    assertCopied(USERS_0);
  }

  @Test
  void topics_backAndForth_copiesEachRecordOnce() {
    SteppedReplicator link = started(builder().lanes(2));
    Random random = new Random(7);
    List<TopicSelector> selections = List.of(ORDERS, USERS, ALL);
    for (int i = 0; i < 200; i++) {
      produce(ORDERS_0, random.nextInt(5));
      produce(ORDERS_1, random.nextInt(5));
      produce(USERS_0, random.nextInt(5));
      for (int steps = random.nextInt(6); steps > 0; steps--) {
        link.step();
      }
      link.replicator().topics(selections.get(random.nextInt(3)));
    }
    link.replicator().topics(ALL);
    link.advance(Duration.ofSeconds(2));
    assertCopied(ORDERS_0);
    assertCopied(ORDERS_1);
    assertCopied(USERS_0);
    assertThat(told.stopped).isEmpty();
  }

  @Test
  void topics_changedWhileTheSourceAnswers_appliesNothingOfTheFormerSelection() {
    AtomicReference<SteppedReplicator> changed = new AtomicReference<>();
    InMemorySource asked =
        InMemorySource.builder(east)
            .topics(
                topic -> {
                  SteppedReplicator link = changed.getAndSet(null);
                  if (link != null) {
                    link.replicator().topics(TopicSelector.named("users", "late"));
                  }
                  return !topic.equals("late");
                })
            .build();
    SteppedReplicator link = started(builder().source(asked));
    east.createTopic("bills", 1);
    east.createTopic("late", 1);
    changed.set(link);
    link.advance(INTERVAL);
    assertThat(changed).hasValue(null);
    assertThat(link.status().partitions()).containsOnlyKeys(USERS_0, new TopicPartition("late", 0));
    assertThat(west.topics()).doesNotContain("bills");
    assertThat(told.stopped).isEmpty();
    assertThat(told.states).doesNotContain("orders-0 STOPPED", "users-0 STOPPED");
  }

  @Test
  void topics_selectedAgainWhileItIsDrained_continues() {
    InMemorySink slow = InMemorySink.to(west);
    SteppedReplicator link = started(builder().sink(slow));
    slow.ackMode(AckMode.MANUAL);
    produce(USERS_0, 10);
    link.settle();
    link.replicator().topics(ORDERS);
    link.settle();
    assertThat(link.status().partitions()).containsKey(USERS_0);
    link.replicator().topics(ALL);
    produce(USERS_0, 10);
    link.settle();
    slow.ackMode(AckMode.AT_ONCE);
    slow.ackAll();
    link.advance(Duration.ofSeconds(1));
    assertThat(told.removed).hasSize(1);
    assertCopied(USERS_0);
  }

  @Test
  void topics_targetThatNeverAnswers_leavesAfterTheCloseTimeout_andLosesNothing() {
    InMemorySink slow = InMemorySink.to(west);
    SteppedReplicator link = started(builder().sink(slow).closeTimeout(Duration.ofSeconds(7)));
    slow.ackMode(AckMode.MANUAL);
    produce(USERS_0, 10);
    link.settle();
    link.replicator().topics(ORDERS);
    link.advance(Duration.ofSeconds(6));
    assertThat(link.status().partitions()).containsKey(USERS_0);
    link.advance(Duration.ofSeconds(2));
    assertThat(link.status().partitions()).doesNotContainKey(USERS_0);
    assertThat(told.stopped).isEmpty();
    slow.ackMode(AckMode.AT_ONCE);
    link.replicator().topics(ALL);
    link.advance(Duration.ofSeconds(1));
    assertCopied(USERS_0);
  }

  @Test
  void topics_selectionThatMatchesNothing_isANote() {
    produce(ORDERS_0, 10);
    SteppedReplicator link = started();
    link.replicator().topics(TopicSelector.matching("nothing.*"));
    link.settle();
    assertThat(link.status().partitions()).isEmpty();
    assertThat(link.status().state()).isEqualTo(LinkState.RUNNING);
    assertThat(link.status().notes().toString()).contains("no topic of the source is selected");
    link.replicator().topics(TopicSelector.named("orders", "later"));
    link.settle();
    assertThat(link.status().notes()).containsOnlyKeys("later");
    link.replicator().topics(ORDERS);
    link.settle();
    assertThat(link.status().notes()).isEmpty();
    assertCopied(ORDERS_0);
  }

  @Test
  void topics_partitionThatStoppedForALoss_stopsAgainWhenItIsBack() {
    produce(USERS_0, 10);
    SteppedReplicator link = started();
    link.replicator().topics(ORDERS);
    link.settle();
    east.recreateTopic("users");
    link.advance(INTERVAL);
    assertThat(told.stopped).isEmpty();
    link.replicator().topics(ALL);
    link.settle();
    assertThat(told.stopped).containsExactly(USERS_0);
    link.replicator().topics(ORDERS);
    link.settle();
    assertThat(link.status().partitions()).doesNotContainKey(USERS_0);
    link.replicator().topics(ALL);
    link.settle();
    assertThat(state(link, USERS_0)).isEqualTo(PartitionState.STOPPED);
    link.replicator().acceptLoss(List.of(USERS_0));
    link.advance(Duration.ofSeconds(1));
    assertThat(state(link, USERS_0)).isEqualTo(PartitionState.CAUGHT_UP);
  }

  @Test
  void topics_topicThatLeft_isNotDeletedInTheTarget() {
    produce(USERS_0, 10);
    SteppedReplicator link =
        started(builder().topicSync(TopicSync.defaults().onDelete(DeletedTopic.DELETE)));
    link.advance(INTERVAL);
    link.replicator().topics(ORDERS);
    link.settle();
    east.deleteTopic("users");
    link.advance(INTERVAL.multipliedBy(6));
    assertThat(west.records(USERS_0)).hasSize(10);
  }

  @Test
  void topics_topicThatJoinsAndFormsALoop_stops() {
    SteppedReplicator link =
        started(builder().source(InMemorySource.builder(east).topics("orders"::equals).build()));
    west.createTopic("users", 1);
    started(
        Replicator.builder()
            .link("west-to-east")
            .source(InMemorySource.builder(west).topics("users"::equals).build())
            .sink(InMemorySink.to(east))
            .clock(clock));
    link.replicator().topics(ALL);
    link.settle();
    assertThat(state(link, USERS_0)).isEqualTo(PartitionState.STOPPED);
    assertThat(link.status().partitions().get(USERS_0).reason()).contains("west-to-east");
    link.replicator().topics(ORDERS);
    link.settle();
    assertThat(link.status().partitions()).doesNotContainKey(USERS_0);
  }

  @Test
  void topics_pausedTopicThatLeaves_isStillPausedWhenItIsBack() {
    SteppedReplicator link = started();
    link.replicator().pauseTopics(List.of("users"));
    link.settle();
    link.replicator().topics(ORDERS);
    link.settle();
    assertThat(link.status().partitions()).doesNotContainKey(USERS_0);
    link.replicator().topics(ALL);
    link.settle();
    assertThat(state(link, USERS_0)).isEqualTo(PartitionState.PAUSED);
    link.replicator().resumeTopics(List.of("users"));
    produce(USERS_0, 10);
    link.settle();
    assertCopied(USERS_0);
  }

  @Test
  void topics_nextStart_hasTheSelectionOfItsSource() {
    produce(USERS_0, 10);
    SteppedReplicator first = link(builder());
    first.replicator().topics(ORDERS);
    first.start();
    first.advance(Duration.ofSeconds(1));
    assertThat(first.status().partitions()).containsOnlyKeys(ORDERS_0, ORDERS_1);
    first.replicator().topics(ALL);
    first.settle();
    first.replicator().topics(ORDERS);
    first.replicator().close();
    first.settle();
    assertThatThrownBy(() -> first.replicator().topics(ALL))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("can't be given other topics, it is STOPPED");
    produce(USERS_0, 10);
    SteppedReplicator second = started(builder().source(InMemorySource.from(east)));
    assertThat(second.status().selectedTopics()).isEmpty();
    assertCopied(USERS_0);
  }

  @Test
  void topics_sourceThatCanNotBeGivenOthers_isAnError() {
    SteppedReplicator link = started(builder().source(new Fixed(source)));
    assertThatThrownBy(() -> link.replicator().topics(ORDERS))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("does not implement ChangeableSelection");
    assertThat(link.status().selectedTopics()).isEmpty();
    assertThat(told.selections).isEmpty();
  }

  /** A source that always reads the same topics. */
  private record Fixed(Source source) implements Source {
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
  }

  /** What a link tells. */
  private static final class Told implements ReplicationListener {
    private final List<TopicSelector> selections = new ArrayList<>();
    private final List<String> removed = new ArrayList<>();
    private final List<String> states = new ArrayList<>();
    private final List<TopicPartition> stopped = new ArrayList<>();

    @Override
    public void topicsSelected(TopicSelector topics) {
      selections.add(topics);
    }

    @Override
    public void partitionRemoved(TopicPartition source, String reason) {
      removed.add(source + ": " + reason);
    }

    @Override
    public void partitionStateChanged(
        TopicPartition source, PartitionState from, PartitionState to, String reason) {
      states.add(source + " " + to);
    }

    @Override
    public void partitionStopped(TopicPartition source, ReplicationException cause) {
      stopped.add(source);
    }
  }
}
