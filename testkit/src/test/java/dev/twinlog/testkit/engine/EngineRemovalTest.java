package dev.twinlog.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.twinlog.DeletedTopic;
import dev.twinlog.PartitionState;
import dev.twinlog.RecreatedTopic;
import dev.twinlog.ReplicationListener;
import dev.twinlog.Replicator;
import dev.twinlog.TopicSync;
import dev.twinlog.spi.ConfigurationException;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.PartitionMapper;
import dev.twinlog.spi.TopicDescription;
import dev.twinlog.spi.TopicMapper;
import dev.twinlog.testkit.InMemoryCluster;
import dev.twinlog.testkit.InMemorySink;
import dev.twinlog.testkit.InMemorySource;
import dev.twinlog.testkit.SteppedReplicator;
import dev.twinlog.testkit.VirtualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests that what the source removes is removed from the target, if the link is told so. */
final class EngineRemovalTest {
  private static final Duration INTERVAL = Duration.ofSeconds(31);
  private static final TopicPartition ORDERS = new TopicPartition("orders", 0);
  private static final TopicPartition BILLS = new TopicPartition("bills", 0);
  private static final TopicSync DELETES = TopicSync.defaults().onDelete(DeletedTopic.DELETE);
  private static final TopicSync TRIMS = TopicSync.defaults().trimming(true);

  private final VirtualClock clock = VirtualClock.create();
  private final InMemoryCluster east = InMemoryCluster.create("east", clock);
  private final InMemoryCluster south = InMemoryCluster.create("south", clock);
  private final InMemoryCluster west = InMemoryCluster.create("west", clock);
  private final InMemorySink sink = InMemorySink.to(west);
  private final AtomicBoolean visible = new AtomicBoolean(true);
  private final List<String> deleted = new ArrayList<>();
  private final List<SteppedReplicator> links = new ArrayList<>();

  @BeforeEach
  void createTopics() {
    east.createTopic("orders", 1);
    east.createTopic("bills", 1);
    produce(east, 10);
  }

  @AfterEach
  void close() {
    links.forEach(SteppedReplicator::close);
  }

  private static void produce(InMemoryCluster cluster, int count) {
    for (int i = 0; i < count; i++) {
      cluster.append(ORDERS, "key", "value-" + i);
    }
  }

  private Replicator.Builder builder(String link, InMemoryCluster source, InMemorySink to) {
    return Replicator.builder()
        .link(link)
        .source(
            InMemorySource.builder(source)
                .topics(topic -> visible.get() || !topic.equals("orders"))
                .build())
        .sink(to)
        .clock(clock)
        .onEvent(
            new ReplicationListener() {
              @Override
              public void topicDeleted(String sourceTopic, String targetTopic) {
                deleted.add(sourceTopic + " -> " + targetTopic);
              }
            });
  }

  private SteppedReplicator start(Replicator.Builder builder) {
    SteppedReplicator link = SteppedReplicator.of(builder, clock, 42);
    links.add(link);
    link.start();
    link.advance(Duration.ofSeconds(11));
    return link;
  }

  private SteppedReplicator start(TopicSync sync) {
    return start(builder("east-to-west", east, sink).topicSync(sync));
  }

  // Topics.

  @Test
  void theCopyOfADeletedTopic_isDeleted_notBeforeTwoDiscoveryIntervals() {
    SteppedReplicator link = start(DELETES);
    east.deleteTopic("orders");
    link.advance(INTERVAL.multipliedBy(2));
    assertThat(west.topics()).contains("orders");
    link.advance(INTERVAL.multipliedBy(2));
    assertThat(west.topics()).contains("bills").doesNotContain("orders");
    assertThat(deleted).containsExactly("orders -> orders");
    assertThat(link.status().notes()).isEmpty();
  }

  @Test
  void theCopyIsKept_byDefault() {
    SteppedReplicator link = start(TopicSync.defaults());
    east.deleteTopic("orders");
    link.advance(INTERVAL.multipliedBy(6));
    assertThat(west.records(ORDERS)).hasSize(10);
  }

  @Test
  void aTopicThatIsOnlyInvisible_isKept() {
    SteppedReplicator link = start(DELETES);
    visible.set(false);
    link.advance(INTERVAL.multipliedBy(6));
    assertThat(link.status().partitions()).containsOnlyKeys(BILLS);
    assertThat(west.records(ORDERS)).hasSize(10);
  }

  @Test
  void theLastTopic_isKept() {
    SteppedReplicator link = start(DELETES);
    east.deleteTopic("orders");
    east.deleteTopic("bills");
    link.advance(INTERVAL.multipliedBy(6));
    assertThat(west.topics()).contains("orders", "bills");
  }

  @Test
  void aTopicThatWasDeletedWhileTheLinkWasDown_isKept() {
    start(TopicSync.defaults()).close();
    east.deleteTopic("orders");
    SteppedReplicator link =
        start(builder("east-to-west", east, InMemorySink.to(west)).topicSync(DELETES));
    link.advance(INTERVAL.multipliedBy(6));
    assertThat(west.records(ORDERS)).hasSize(10);
  }

  @Test
  void aTargetTopicThatIsAnotherOneByNow_isKept() {
    SteppedReplicator link = start(DELETES);
    east.deleteTopic("orders");
    link.advance(INTERVAL.multipliedBy(2));
    west.recreateTopic("orders");
    link.advance(INTERVAL.multipliedBy(4));
    assertThat(west.topics()).contains("orders");
  }

  @Test
  void aTargetTopicOfAnotherLink_isKept_andNoted() {
    south.createTopic("orders", 1);
    start(builder("south-to-west", south, InMemorySink.to(west)));
    SteppedReplicator link = start(DELETES);
    east.deleteTopic("orders");
    link.advance(INTERVAL.multipliedBy(6));
    assertThat(west.topics()).contains("orders");
    assertThat(link.status().notes().get("orders"))
        .containsExactly("it is not deleted, since link south-to-west copies to it");
  }

  @Test
  void aTargetTopicOfSeveralSourceTopics_isKept() {
    TopicMapper one = topic -> "all";
    SteppedReplicator link =
        start(
            builder("east-to-west", east, sink)
                .topicMapper(one)
                .partitionMapper(PartitionMapper.modulo())
                .topicSync(DELETES));
    east.deleteTopic("orders");
    link.advance(INTERVAL.multipliedBy(6));
    assertThat(west.topics()).contains("all");
  }

  @Test
  void aDeletionThatIsRefused_isNoted_andTriedAgain() {
    SteppedReplicator link = start(DELETES);
    sink.refuseTopic("orders", new PartitionFailedException("missing permission"));
    east.deleteTopic("orders");
    link.advance(INTERVAL.multipliedBy(5));
    assertThat(link.status().notes().get("orders"))
        .containsExactly("it is not deleted: missing permission");
    sink.refuseTopic("orders", null);
    link.advance(INTERVAL);
    assertThat(west.topics()).doesNotContain("orders");
    assertThat(link.status().notes()).isEmpty();
  }

  @Test
  void aPlan_namesTheTopicsThatAreDeletedNext_andWhenOthersAre() {
    SteppedReplicator link = start(DELETES);
    assertThat(plan(link)).isEqualTo("plan of link east-to-west: nothing to change");
    east.deleteTopic("orders");
    sink.refuseTopic("orders", new PartitionFailedException("missing permission"));
    link.advance(INTERVAL.multipliedBy(2));
    assertThat(plan(link))
        .matches(
            "(?s).*nothing to change.*topic orders: it is deleted in \\d+ s at the earliest, "
                + "if source topic orders does not exist then");
    link.advance(INTERVAL);
    assertThat(link.status().notes()).containsKey("orders"); // it was refused
    String planned = plan(link);
    assertThat(planned).contains("1 changes").contains("DELETE_TOPIC");
    assertThat(planned).contains("orders  copy of source topic orders -> none");
    assertThat(west.topics()).contains("orders");
    sink.refuseTopic("orders", null);
    assertThat(plan(link)).isEqualTo(planned);
    syncNow(link);
    assertThat(deleted).containsExactly("orders -> orders");
    assertThat(plan(link)).endsWith("nothing to change");
  }

  @Test
  void aPlan_leavesATopicThatExists_orThatAnotherLinkCopiesTo() {
    south.createTopic("orders", 1);
    start(builder("south-to-west", south, InMemorySink.to(west)));
    SteppedReplicator link = start(DELETES);
    east.deleteTopic("orders");
    link.advance(INTERVAL.multipliedBy(4));
    assertThat(plan(link))
        .contains("nothing to change")
        .endsWith("topic orders: it is not deleted, since link south-to-west copies to it");
    link.close();
    east.createTopic("orders", 1);
    link = start(builder("east-to-west", east, InMemorySink.to(west)).topicSync(DELETES));
    visible.set(false);
    link.advance(INTERVAL.multipliedBy(4));
    assertThat(plan(link)).endsWith("nothing to change");
  }

  /** What a plan says; it is made while the link is stepped. */
  private static String plan(SteppedReplicator link) {
    return whileStepping(link, () -> link.replicator().plan().toString());
  }

  private static void syncNow(SteppedReplicator link) {
    whileStepping(
        link,
        () -> {
          link.replicator().syncNow();
          return "";
        });
  }

  private static String whileStepping(SteppedReplicator link, Supplier<String> call) {
    CompletableFuture<String> answer = CompletableFuture.supplyAsync(call);
    await().atMost(Duration.ofSeconds(20)).pollInSameThread().until(() -> isDone(link, answer));
    return answer.join();
  }

  private static boolean isDone(SteppedReplicator link, CompletableFuture<String> answer) {
    link.settle();
    return answer.isDone();
  }

  @Test
  void aTopicThatIsCreatedAgainAfterItsCopyWasDeleted_isCopiedFromItsBeginning() {
    SteppedReplicator link = start(DELETES.onRecreate(RecreatedTopic.FOLLOW));
    east.deleteTopic("orders");
    link.advance(INTERVAL.multipliedBy(5));
    assertThat(west.topics()).doesNotContain("orders");
    east.createTopic("orders", 1);
    produce(east, 3);
    link.advance(INTERVAL.multipliedBy(2));
    assertThat(link.status().partitions().get(ORDERS).state())
        .as("%s", link.status())
        .isEqualTo(PartitionState.CAUGHT_UP);
    assertThat(west.records(ORDERS)).hasSize(3);
  }

  // Records.

  @Test
  void whatTheSourceHasDeleted_isDeletedFromTheTarget_andNoMore() {
    SteppedReplicator link = start(TRIMS);
    east.truncateBefore(ORDERS, 4);
    link.advance(INTERVAL);
    assertThat(west.startOffset(ORDERS)).isEqualTo(4);
    east.truncateBefore(ORDERS, 10);
    link.advance(INTERVAL);
    assertThat(west.startOffset(ORDERS)).isEqualTo(4); // the last record shows what the target has
    produce(east, 2);
    link.advance(INTERVAL);
    assertThat(west.startOffset(ORDERS)).isEqualTo(10);
    assertThat(west.records(ORDERS)).hasSize(2);
  }

  @Test
  void aPlan_namesTheOffsetUpToWhichRecordsAreDeletedNext() {
    SteppedReplicator link = start(TRIMS);
    assertThat(plan(link)).endsWith("nothing to change");
    east.truncateBefore(ORDERS, 4);
    assertThat(plan(link))
        .contains("1 changes")
        .contains("DELETE_RECORDS")
        .contains("orders-0  0 -> 4");
    assertThat(west.startOffset(ORDERS)).isZero();
    syncNow(link);
    assertThat(west.startOffset(ORDERS)).isEqualTo(4);
    assertThat(plan(link)).endsWith("nothing to change");
  }

  @Test
  void offsetsThatDifferInTheTarget_areTranslated() {
    west.createTopic("orders", 1);
    west.append(ORDERS, "foreign", "record");
    east.skip(ORDERS, 5);
    produce(east, 10);
    SteppedReplicator link = start(TRIMS);
    east.truncateBefore(ORDERS, 17); // two records behind the hole
    link.advance(INTERVAL);
    assertThat(west.startOffset(ORDERS)).isEqualTo(13);
    assertThat(west.records(ORDERS)).hasSize(8);
  }

  @Test
  void nothingIsTrimmed_byDefault_orOfCompactedTopics_orWhereOthersWrite() {
    east.createTopic(
        TopicDescription.of("keys", Optional.empty(), 1, 1, Map.of("cleanup.policy", "compact")));
    TopicPartition keys = new TopicPartition("keys", 0);
    for (int i = 0; i < 10; i++) {
      east.append(keys, "key-" + i, "value");
    }
    south.createTopic("orders", 1);
    start(builder("south-to-west", south, InMemorySink.to(west)));
    SteppedReplicator link = start(TRIMS);
    east.truncateBefore(ORDERS, 4);
    east.truncateBefore(keys, 4);
    link.advance(INTERVAL.multipliedBy(2));
    assertThat(west.startOffset(ORDERS)).isZero();
    assertThat(west.startOffset(keys)).isZero();
    assertThat(link.status().notes().get("orders"))
        .containsExactly("it is not trimmed, since link south-to-west copies to it");
    link.close();
    link = start(builder("east-to-west", east, InMemorySink.to(west)));
    link.advance(INTERVAL.multipliedBy(2));
    assertThat(west.startOffset(ORDERS)).isZero();
  }

  // Building.

  @Test
  void aSinkThatCanRemoveNothing_isRefusedWhenTheLinkIsBuilt() {
    Replicator.Builder builder =
        Replicator.builder()
            .link("east-to-west")
            .source(InMemorySource.from(east))
            .sink(sink.writeOnly())
            .progressStore(west.progress("east-to-west").openStore())
            .topicSync(DELETES.trimming(true));
    assertThatThrownBy(builder::build)
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("topicSync was onDelete(DELETE), but source InMemorySource and sink ")
        .hasMessageContaining("topicSync was trimming(true), but source InMemorySource and sink ");
  }
}
