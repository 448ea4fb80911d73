package dev.twinlog.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.LinkState;
import dev.twinlog.PartitionState;
import dev.twinlog.Replicator;
import dev.twinlog.TopicSync;
import dev.twinlog.internal.control.CopyAgain;
import dev.twinlog.spi.PartitionMapper;
import dev.twinlog.spi.RecordTransform;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.Sink;
import dev.twinlog.spi.TopicMapper;
import dev.twinlog.testkit.InMemoryCluster;
import dev.twinlog.testkit.InMemorySink;
import dev.twinlog.testkit.InMemorySource;
import dev.twinlog.testkit.SteppedReplicator;
import dev.twinlog.testkit.VirtualClock;
import dev.twinlog.testkit.junit.CleanAfterEach;
import dev.twinlog.testkit.junit.ExpectedLogs;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Tests the advice in error messages: after it is followed, each record is in the target once. */
@CleanAfterEach
@ExpectedLogs({"-> STOPPED", "-> FAILED"})
final class EngineAdviceTest {
  private static final TopicPartition A0 = new TopicPartition("a", 0);

  private final VirtualClock clock = VirtualClock.create();
  private final InMemoryCluster east = InMemoryCluster.create("east", clock);
  private final InMemoryCluster west = InMemoryCluster.create("west", clock);
  private final InMemoryCluster north = InMemoryCluster.create("north", clock);
  private final List<SteppedReplicator> links = new ArrayList<>();

  private Replicator.Builder builder(String name, InMemoryCluster from, InMemoryCluster to) {
    return Replicator.builder()
        .link(name)
        .source(InMemorySource.builder(from).maxBatchRecords(7).build())
        .sink(InMemorySink.to(to).keepsNoSourceOffsets())
        .discoveryInterval(Duration.ofSeconds(10))
        .clock(clock);
  }

  private Replicator.Builder builder() {
    return builder("link", east, west);
  }

  private SteppedReplicator started(Replicator.Builder builder) {
    SteppedReplicator link = SteppedReplicator.of(builder, clock, 42);
    links.add(link);
    link.start();
    link.advance(Duration.ofSeconds(2));
    return link;
  }

  /** Copies everything and crashes before any progress after the opening is saved. */
  private void crashAfterCopying(Replicator.Builder builder) {
    SteppedReplicator.of(builder, clock, 1).start();
  }

  @AfterEach
  void closeLinks() {
    links.forEach(SteppedReplicator::close);
  }

  private void produce(int from, int to) {
    IntStream.range(from, to).forEach(i -> east.append(A0, "key-" + i, "value-" + i));
  }

  private static List<String> values(InMemoryCluster cluster, String topic) {
    int partitions = cluster.describe(List.of(topic)).get(topic).partitions();
    return IntStream.range(0, partitions)
        .mapToObj(partition -> new TopicPartition(topic, partition))
        .flatMap(partition -> cluster.records(partition).stream())
        .map(record -> new String(record.value(), StandardCharsets.UTF_8))
        .toList();
  }

  private void assertEachOnce(String topic) {
    assertThat(values(west, topic)).containsExactlyInAnyOrderElementsOf(values(east, "a"));
  }

  private static String stop(SteppedReplicator link) {
    assertThat(link.status().partitions().get(A0).state()).isEqualTo(PartitionState.STOPPED);
    return link.status().partitions().get(A0).reason();
  }

  private static String failure(SteppedReplicator link) {
    assertThat(link.status().state()).isEqualTo(LinkState.FAILED);
    ReplicationException cause = link.status().lastError().orElseThrow();
    return String.valueOf(cause.getMessage());
  }

  private static void assertCaughtUp(SteppedReplicator link) {
    assertThat(link.status().partitions().get(A0).state())
        .as("%s", link.status())
        .isEqualTo(PartitionState.CAUGHT_UP);
  }

  /**
   * Does what {@link CopyAgain#ADVICE} says: close the link, delete its target topics and its state
   * topic, and start it under another link name.
   */
  private void copyAgain(SteppedReplicator link, String message, Replicator.Builder again) {
    assertThat(message).contains(CopyAgain.ADVICE);
    link.close();
    if (west.topics().contains("a")) {
      west.deleteTopic("a");
    }
    west.forgetLink("link");
    assertCaughtUp(started(again));
    assertEachOnce("a");
  }

  @Test
  void copyAgain_afterTheTargetTopicWasDeleted() {
    east.createTopic("a", 1);
    produce(0, 100);
    SteppedReplicator link = started(builder());
    west.deleteTopic("a");
    link.advance(Duration.ofSeconds(15));
    copyAgain(link, stop(link), builder("other", east, west));
  }

  @Test
  void copyAgain_afterTheTargetTopicWasCreatedAgain_unnoticedUntilSomethingLanded() {
    east.createTopic("a", 1);
    produce(0, 100);
    SteppedReplicator link = started(builder());
    west.truncateAfter(A0, 30);
    produce(100, 120);
    link.advance(Duration.ofSeconds(5));
    assertThat(stop(link)).contains("written at offset 30, but 99 was acknowledged before");
    copyAgain(link, stop(link), builder("other", east, west));
  }

  @Test
  void acceptLoss_afterTheTargetWasTruncated_goesOnAtTheOffsetThatTheMessageNames() {
    east.createTopic("a", 1);
    produce(0, 100);
    SteppedReplicator link = started(builder());
    west.truncateAfter(A0, 30);
    produce(100, 120);
    link.advance(Duration.ofSeconds(5));
    assertThat(stop(link)).contains("call acceptLoss for a-0 to continue at source offset 100");
    link.replicator().acceptLoss(List.of(A0));
    link.advance(Duration.ofSeconds(5));
    produce(120, 130);
    link.advance(Duration.ofSeconds(5));
    assertCaughtUp(link);
    List<String> there = values(east, "a");
    assertThat(values(west, "a").subList(0, 30)).isEqualTo(there.subList(0, 30));
    assertThat(values(west, "a").stream().distinct()).containsAll(there.subList(100, 130));
    assertThat(values(west, "a")).endsWith(there.subList(100, 130).toArray(String[]::new));
  }

  @Test
  void copyAgain_afterTheTargetLostRecordsOfSeveralRoutes() {
    east.createTopic("a", 1);
    west.createTopic("a", 2);
    produce(0, 100);
    started(builder().partitionMapper(PartitionMapper.keyHash())).close();
    west.truncateAfter(A0, 8);
    SteppedReplicator link = started(builder().partitionMapper(PartitionMapper.keyHash()));
    assertThat(stop(link)).contains("the target lost acknowledged records");
    copyAgain(
        link, stop(link), builder("other", east, west).partitionMapper(PartitionMapper.keyHash()));
  }

  @Test
  void copyAgain_whereTheTargetHoldsSomethingElse() {
    east.createTopic("a", 1);
    produce(0, 100);
    crashAfterCopying(builder());
    east.truncateAfter(A0, 60);
    produce(500, 560);
    SteppedReplicator link = started(builder());
    copyAgain(link, stop(link), builder("other", east, west));
  }

  private static final RecordTransform LOUD =
      RecordTransform.ofPartition("loud-1", (source, record) -> Optional.of(record));

  @Test
  void otherStages_areRefusedUntilTheFormerOnesRanOnce_andClosedCleanly() {
    east.createTopic("a", 1);
    produce(0, 100);
    crashAfterCopying(builder());
    SteppedReplicator changed = started(builder().transform(LOUD));
    assertThat(stop(changed))
        .contains("start the link once with the former transform and mapper and close it")
        .contains(CopyAgain.ADVICE);
    changed.close();
    started(builder()).close();
    produce(100, 110);
    assertCaughtUp(started(builder().transform(LOUD)));
    assertEachOnce("a");
  }

  @Test
  void copyAgain_underOtherStages() {
    east.createTopic("a", 1);
    produce(0, 100);
    crashAfterCopying(builder());
    SteppedReplicator changed = started(builder().transform(LOUD));
    copyAgain(changed, stop(changed), builder("other", east, west).transform(LOUD));
  }

  @Test
  void aRecordThatTheTargetRefuses_isDroppedByATransform_andTheOthersArrive() {
    east.createTopic("a", 1);
    produce(0, 20);
    InMemorySink strict = InMemorySink.to(west).keepsNoSourceOffsets();
    strict.rejectRecords(record -> record.offset() == 12);
    SteppedReplicator link = started(builder().sink(strict));
    assertThat(stop(link)).contains("12");
    link.close();
    RecordTransform dropping =
        RecordTransform.ofPartition(
            "dropping-1",
            (source, record) -> record.offset() == 12 ? Optional.empty() : Optional.of(record));
    assertCaughtUp(started(builder().sink(strict).transform(dropping)));
    List<String> others = new ArrayList<>(values(east, "a"));
    others.remove("value-12");
    assertThat(values(west, "a")).isEqualTo(others);
  }

  @Test
  void aNameThatReadsAnotherCluster_isRefused_andAnotherNameIsNot() {
    north.createTopic("n", 1);
    north.append(new TopicPartition("n", 0), "key", "of the north");
    started(builder("link", north, west)).close();
    east.createTopic("a", 1);
    produce(0, 100);
    assertThat(failure(started(builder()))).contains("use another name for this link");
    assertCaughtUp(started(builder("other", east, west)));
    assertEachOnce("a");
  }

  /** A sink whose address may later lead to another cluster. */
  private static Sink movable(InMemorySink[] now) {
    return (Sink)
        Proxy.newProxyInstance(
            InMemorySink.class.getClassLoader(),
            InMemorySink.class.getInterfaces(),
            (proxy, method, args) -> {
              try {
                return method.invoke(now[0], args);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  @Test
  void aTargetThatIsAnotherCluster_isNamed_andANewReplicatorCopiesAll() {
    east.createTopic("a", 1);
    produce(0, 100);
    InMemorySink[] behind = {InMemorySink.to(north)};
    SteppedReplicator link = started(builder().sink(movable(behind)));
    assertCaughtUp(link);
    behind[0] = InMemorySink.to(west);
    link.advance(Duration.ofSeconds(15));
    assertThat(failure(link))
        .contains("is another cluster now: west, while this link wrote to north")
        .contains("build a new replicator and start it");
    link.close();
    assertCaughtUp(started(builder().sink(movable(behind))));
    assertEachOnce("a");

    // or the address was wrong
    behind[0] = InMemorySink.to(north);
    produce(100, 110);
    assertCaughtUp(started(builder().sink(movable(behind))));
    assertThat(values(north, "a")).isEqualTo(values(east, "a"));
  }

  private SteppedReplicator startedIntoTooFew() {
    east.createTopic("a", 2);
    west.createTopic("a", 1);
    produce(0, 50);
    east.append(new TopicPartition("a", 1), "key", "of the second partition");
    SteppedReplicator link = started(builder().topicSync(TopicSync.defaults().growing(false)));
    assertThat(link.status().partitions().get(new TopicPartition("a", 1)).reason())
        .contains(
            "add partitions to it and resume a-1, allow topicSync to grow it, or use a mapper");
    return link;
  }

  @Test
  void tooFewTargetPartitions_addingThemAndResumingHelps() {
    SteppedReplicator link = startedIntoTooFew();
    west.addPartitions("a", 2);
    link.advance(Duration.ofSeconds(30));
    link.replicator().resume(List.of(new TopicPartition("a", 1)));
    link.advance(Duration.ofSeconds(5));
    assertEachOnce("a");
  }

  @Test
  void tooFewTargetPartitions_topicSyncGrowsThem() {
    startedIntoTooFew().close();
    started(builder());
    assertEachOnce("a");
  }

  @Test
  void tooFewTargetPartitions_anotherMapperTakesWhatIsThere() {
    startedIntoTooFew().close();
    started(
        builder()
            .topicSync(TopicSync.defaults().growing(false))
            .partitionMapper(PartitionMapper.modulo()));
    assertEachOnce("a");
  }

  @Test
  void aTargetTopicThatIsMissing_isWaitedFor_andEitherWayItIsFilled() {
    east.createTopic("a", 1);
    produce(0, 50);
    Replicator.Builder byHand = builder().topicSync(TopicSync.defaults().creating(false));
    SteppedReplicator link = started(byHand);
    assertThat(link.status().partitions().get(A0).reason())
        .contains("target topic a does not exist: create it, or let topicSync create it");
    west.createTopic("a", 1);
    link.advance(Duration.ofSeconds(90));
    assertCaughtUp(link);
    assertEachOnce("a");

    Replicator.Builder elsewhere =
        builder("other", east, north).topicSync(TopicSync.defaults().creating(false));
    started(elsewhere).close();
    started(builder("other", east, north));
    assertThat(values(north, "a")).isEqualTo(values(east, "a"));
  }

  @Test
  void aLoop_isBrokenByEachOfTheThreeWays() {
    east.createTopic("a", 1);
    produce(0, 50);
    started(builder()).close();
    assertThat(failure(started(builder("back", west, east))))
        .contains("exclude it from one of these links or give its copies other names")
        .contains("delete its state topic twinlog.link.state from the source cluster");

    assertCaughtUp(started(builder("back", west, east).topicMapper(TopicMapper.prefixed("back."))));
    assertThat(values(east, "back.a")).isEqualTo(values(east, "a"));

    west.createTopic("b", 1);
    SteppedReplicator without =
        started(
            builder("without", west, east)
                .source(InMemorySource.builder(west).topics("b"::equals).build()));
    assertThat(without.status().state()).isEqualTo(LinkState.RUNNING);

    // the link no longer exists, so its copy is an ordinary topic
    west.forgetLink("link");
    SteppedReplicator alone =
        started(
            builder("alone", west, east)
                .source(InMemorySource.builder(west).topics("a"::equals).build())
                .topicMapper(TopicMapper.identity()));
    assertThat(alone.status().state()).isEqualTo(LinkState.RUNNING);
    assertThat(values(east, "a")).hasSize(100);
  }
}
