package dev.twinlog.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.LinkState;
import dev.twinlog.PartitionState;
import dev.twinlog.Replicator;
import dev.twinlog.TopicSync;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.PartitionMapper;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.TopicMapper;
import dev.twinlog.testkit.InMemoryCluster;
import dev.twinlog.testkit.InMemorySink;
import dev.twinlog.testkit.InMemorySource;
import dev.twinlog.testkit.SteppedReplicator;
import dev.twinlog.testkit.VirtualClock;
import dev.twinlog.testkit.junit.CleanAfterEach;
import dev.twinlog.testkit.junit.ExpectedLogs;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Tests several links between in-memory clusters, and links whose settings change between two runs.
 */
@CleanAfterEach
final class EngineOtherLinksTest {
  private static final TopicPartition A0 = new TopicPartition("a", 0);
  private static final TopicPartition DR_A0 = new TopicPartition("dr.a", 0);

  private final VirtualClock clock = VirtualClock.create();
  private final InMemoryCluster east = InMemoryCluster.create("east", clock);
  private final InMemoryCluster west = InMemoryCluster.create("west", clock);
  private final InMemoryCluster north = InMemoryCluster.create("north", clock);
  private final List<SteppedReplicator> links = new ArrayList<>();

  private Replicator.Builder builder(String name, InMemoryCluster from, InMemoryCluster to) {
    return Replicator.builder()
        .link(name)
        .source(InMemorySource.from(from))
        .sink(InMemorySink.to(to))
        .discoveryInterval(Duration.ofSeconds(10))
        .clock(clock);
  }

  private SteppedReplicator link(Replicator.Builder builder) {
    SteppedReplicator link = SteppedReplicator.of(builder, clock, 42);
    links.add(link);
    return link;
  }

  private SteppedReplicator started(Replicator.Builder builder) {
    SteppedReplicator link = link(builder);
    link.start();
    advance(2);
    return link;
  }

  /** Advances all links together. */
  private void advance(int seconds) {
    for (int tenth = 0; tenth < seconds * 10; tenth++) {
      links.stream()
          .filter(link -> !link.isEnded())
          .forEach(link -> link.advance(Duration.ofMillis(20)));
    }
  }

  @AfterEach
  void closeLinks() {
    links.forEach(SteppedReplicator::close);
  }

  private void produce(int from, int to) {
    for (int i = from; i < to; i++) {
      east.append(A0, "key-" + i, "value-" + i);
    }
  }

  private static ReplicationException refusal(SteppedReplicator link) {
    link.start();
    link.settle();
    assertThat(link.status().state()).isEqualTo(LinkState.FAILED);
    return link.status().lastError().orElseThrow();
  }

  private static List<String> values(InMemoryCluster cluster, TopicPartition partition) {
    return cluster.records(partition).stream().map(EngineOtherLinksTest::value).toList();
  }

  private static String value(ReplicationRecord record) {
    byte[] value = record.value();
    return value == null ? "null" : new String(value, StandardCharsets.UTF_8);
  }

  private static PartitionState state(SteppedReplicator link) {
    return link.status().partitions().get(A0).state();
  }

  private static String reason(SteppedReplicator link) {
    return link.status().partitions().get(A0).reason();
  }

  // Loops.

  @Test
  @ExpectedLogs("-> FAILED")
  void aLinkBackOfTheSameName_isRefused() {
    east.createTopic("a", 1);
    produce(0, 10);
    started(builder("mirror", east, west));
    SteppedReplicator back = link(builder("mirror", west, east));
    assertThat(refusal(back))
        .isInstanceOf(LinkFailedException.class)
        .hasMessageContainingAll("link mirror copies a", "in a loop");
    assertThat(values(east, A0)).hasSize(10);
    assertThat(values(west, A0)).hasSize(10);
  }

  @Test
  @ExpectedLogs("-> FAILED")
  void theLinkThatClosesARing_isRefusedByTheNamesOfAll() {
    east.createTopic("a", 1);
    produce(0, 10);
    started(builder("east-west", east, west));
    started(builder("west-north", west, north));
    SteppedReplicator last = link(builder("north-east", north, east));
    assertThat(refusal(last))
        .isInstanceOf(LinkFailedException.class)
        .hasMessageContainingAll("east-west -> west-north", "north-east", "in a loop");
    assertThat(values(east, A0)).hasSize(10);
    assertThat(values(north, A0)).hasSize(10);
  }

  @Test
  @ExpectedLogs("-> FAILED")
  void theLinkThatClosesARing_isRefused_inWhateverOrderTheOthersStarted() {
    east.createTopic("a", 1);
    west.createTopic("a", 1);
    produce(0, 10);
    SteppedReplicator second = started(builder("west-north", west, north));
    started(builder("east-west", east, west));
    second.advance(
        Duration.ofSeconds(11)); // a discovery: it finds the description of the link before it
    SteppedReplicator last = link(builder("north-east", north, east));
    assertThat(refusal(last))
        .isInstanceOf(LinkFailedException.class)
        .hasMessageContaining("east-west -> west-north");
    assertThat(values(east, A0)).hasSize(10);
  }

  @Test
  @ExpectedLogs("-> STOPPED")
  void loopClosedBeforeItsLinksRegistered_isStoppedAtTheNextDiscovery() {
    east.createTopic("a", 1);
    west.createTopic("a", 1);
    north.createTopic("a", 1);
    started(builder("west-north", west, north));
    started(builder("east-west", east, west));
    started(builder("north-east", north, east));
    produce(0, 10);
    advance(60);
    assertThat(links).anyMatch(link -> state(link) == PartitionState.STOPPED);
    int before = values(east, A0).size();
    advance(120);
    assertThat(values(east, A0)).hasSize(before);
  }

  // Changes between two runs.

  @Test
  @ExpectedLogs("-> STOPPED")
  void aChangedPrefix_stopsThePartition_andBothWaysOutWork() {
    east.createTopic("a", 1);
    produce(0, 100);
    started(builder("link", east, west)).close();

    SteppedReplicator changed =
        started(builder("link", east, west).topicMapper(TopicMapper.prefixed("dr.")));
    assertThat(state(changed)).isEqualTo(PartitionState.STOPPED);
    assertThat(reason(changed)).contains("topic a,", "now returns dr.a", "another name");
    assertThat(west.topics()).doesNotContain("dr.a");
    changed.replicator().resume(List.of(A0));
    changed.advance(Duration.ofSeconds(1));
    assertThat(state(changed)).isEqualTo(PartitionState.STOPPED);
    changed.close();
    produce(100, 150);

    started(builder("link", east, west)).close();
    assertThat(values(west, A0)).isEqualTo(values(east, A0)).hasSize(150);

    started(builder("other", east, west).topicMapper(TopicMapper.prefixed("dr.")));
    assertThat(values(west, DR_A0)).isEqualTo(values(east, A0));
  }

  @Test
  void aChangedPrefix_isNoMatterWhileNothingWasCopied() {
    east.createTopic("a", 1);
    started(builder("link", east, west)).close();
    produce(0, 10);
    started(builder("link", east, west).topicMapper(TopicMapper.prefixed("dr.")));
    assertThat(values(west, DR_A0)).isEqualTo(values(east, A0));
  }

  @Test
  @ExpectedLogs("-> FAILED")
  void aRenamedLink_isRefusedByItsFormerName_andTheFormerNameGoesOn() {
    east.createTopic("a", 1);
    produce(0, 100);
    started(builder("former", east, west)).close();
    produce(100, 150);

    SteppedReplicator renamed = link(builder("renamed", east, west));
    assertThat(refusal(renamed))
        .isInstanceOf(LinkFailedException.class)
        .hasMessageContainingAll("link former already copies a to a", "sharing(true)");
    assertThat(values(west, A0)).hasSize(100);

    started(builder("former", east, west));
    assertThat(values(west, A0)).isEqualTo(values(east, A0));
  }

  @Test
  @ExpectedLogs("-> STOPPED")
  void aTopicThatAppearsLaterAndIsCopiedByAnotherLink_stopsAlone() {
    east.createTopic("b", 1);
    started(builder("first", east, west));
    SteppedReplicator second =
        started(
            Replicator.builder()
                .link("second")
                .source(InMemorySource.builder(east).topics(topic -> topic.startsWith("a")).build())
                .sink(InMemorySink.to(west))
                .discoveryInterval(Duration.ofSeconds(30))
                .clock(clock));
    east.createTopic("a", 1);
    produce(0, 10);
    advance(100);
    assertThat(state(second)).isEqualTo(PartitionState.STOPPED);
    assertThat(reason(second)).contains("link first already copies a to a");
    assertThat(values(west, A0)).isEqualTo(values(east, A0));
  }

  @Test
  void sharedTarget_isAllowedIfConfigured() {
    east.createTopic("a", 1);
    produce(0, 10);
    started(builder("first", east, west));
    started(builder("second", east, west).topicSync(TopicSync.defaults().sharing(true)));
    advance(30);
    assertThat(values(west, A0)).hasSize(20);
    assertThat(links).allMatch(link -> state(link) == PartitionState.CAUGHT_UP);
  }

  enum Change {
    NAME,
    PREFIX,
    MAPPER,
    PARTITIONS,
    SOURCE
  }

  static Stream<Arguments> pairsOfChanges() {
    return Stream.of(Change.values())
        .flatMap(
            one ->
                Stream.of(Change.values())
                    .filter(other -> other.compareTo(one) >= 0)
                    .map(other -> Arguments.of(one, other)));
  }

  @ParameterizedTest
  @MethodSource("pairsOfChanges")
  @ExpectedLogs({"-> FAILED", "-> STOPPED"})
  void changesBetweenTwoRuns_areCopiedCorrectlyOrStopWithAReason(Change one, Change other) {
    Set<Change> changes = EnumSet.of(one, other);
    east.createTopic("a", 2);
    produce(0, 100);
    started(builder("link", east, west)).close();
    InMemoryCluster from = changes.contains(Change.SOURCE) ? north : east;
    if (changes.contains(Change.SOURCE)) {
      north.createTopic("a", 2);
      north.append(A0, "key", "of another cluster");
    }
    if (changes.contains(Change.PARTITIONS)) {
      from.addPartitions("a", 3);
    }
    Replicator.Builder builder =
        builder(changes.contains(Change.NAME) ? "renamed" : "link", from, west);
    if (changes.contains(Change.PREFIX)) {
      builder.topicMapper(TopicMapper.prefixed("dr."));
    }
    if (changes.contains(Change.MAPPER)) {
      builder.partitionMapper(PartitionMapper.modulo());
    }
    SteppedReplicator second = link(builder);
    second.start();
    second.advance(Duration.ofSeconds(15));

    List<String> old = values(west, A0);
    assertThat(old)
        .as("no record of the first source is in the target twice")
        .doesNotHaveDuplicates();
    assertThat(old.stream().filter(value -> value.startsWith("value-"))).hasSize(100);
    boolean stopped =
        second.status().state() == LinkState.FAILED || state(second) == PartitionState.STOPPED;
    if (stopped) {
      String why =
          second.status().state() == LinkState.FAILED
              ? String.valueOf(second.status().lastError().orElseThrow().getMessage())
              : reason(second);
      assertThat(why)
          .containsAnyOf("belongs to a link", "link link already copies", "now returns dr.a");
    } else {
      TopicPartition target = changes.contains(Change.PREFIX) ? DR_A0 : A0;
      assertThat(values(west, target)).containsAll(values(from, A0));
    }
  }
}
