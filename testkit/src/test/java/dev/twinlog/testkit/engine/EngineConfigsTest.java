package dev.twinlog.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.ConfigSync;
import dev.twinlog.RecreatedTopic;
import dev.twinlog.ReplicationListener;
import dev.twinlog.Replicator;
import dev.twinlog.TopicSync;
import dev.twinlog.spi.ConfigLedgerStore;
import dev.twinlog.spi.PartitionFailedException;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Tests how a link keeps the configs of target topics in step. */
final class EngineConfigsTest {
  private static final Duration FIRST = Duration.ofSeconds(11);
  private static final Duration INTERVAL = Duration.ofMinutes(5);

  private final VirtualClock clock = VirtualClock.create();
  private final InMemoryCluster east = InMemoryCluster.create("east", clock);
  private final InMemoryCluster south = InMemoryCluster.create("south", clock);
  private final InMemoryCluster west = InMemoryCluster.create("west", clock);
  private final InMemorySink sink = InMemorySink.to(west);
  private final List<String> events = new ArrayList<>();
  private final List<SteppedReplicator> links = new ArrayList<>();

  @AfterEach
  void close() {
    links.forEach(SteppedReplicator::close);
  }

  private Replicator.Builder builder(String link, InMemoryCluster source, InMemorySink to) {
    return Replicator.builder()
        .link(link)
        .source(InMemorySource.from(source))
        .sink(to)
        .clock(clock)
        .onEvent(
            new ReplicationListener() {
              @Override
              public void configsChanged(
                  String targetTopic, Map<String, Optional<String>> changes) {
                events.add(targetTopic + " " + changes);
              }
            });
  }

  private SteppedReplicator start(ConfigSync sync) {
    return start(builder("east-to-west", east, sink).topicSync(TopicSync.defaults().configs(sync)));
  }

  private SteppedReplicator start(Replicator.Builder builder) {
    SteppedReplicator link = SteppedReplicator.of(builder, clock, 42);
    links.add(link);
    link.start();
    link.advance(FIRST);
    return link;
  }

  private static void create(
      InMemoryCluster cluster, String topic, int factor, Map<String, String> configs) {
    cluster.createTopic(TopicDescription.of(topic, Optional.empty(), 1, factor, configs));
  }

  private Map<String, String> target() {
    return west.describe(List.of("orders")).get("orders").configs();
  }

  private static List<String> notes(SteppedReplicator link) {
    return link.status().notes().getOrDefault("orders", List.of());
  }

  @Test
  void aTopicThatWasMadeByHand_getsTheConfigsOfItsSource_andKeepsItsOwn() {
    create(east, "orders", 1, Map.of("retention.ms", "5"));
    create(west, "orders", 1, Map.of("retention.ms", "7", "segment.bytes", "100"));
    SteppedReplicator link = start(ConfigSync.defaults());
    assertThat(target()).isEqualTo(Map.of("retention.ms", "5", "segment.bytes", "100"));
    assertThat(events).containsExactly("orders {retention.ms=Optional[5]}");
    assertThat(notes(link))
        .containsExactly("kept: segment.bytes=100, which is set on the target topic only");
    assertThat(link.status().duties())
        .anyMatch(duty -> duty.name().equals("config sync") && duty.lastSuccess().isPresent());
  }

  @Test
  void whatTheSourceChangesAndRemoves_followsOneIntervalLater() {
    create(east, "orders", 1, Map.of("retention.ms", "5"));
    SteppedReplicator link = start(ConfigSync.defaults());
    assertThat(target()).isEqualTo(Map.of("retention.ms", "5"));
    assertThat(events).isEmpty();

    east.alterConfigs(
        "orders", Map.of("retention.ms", Optional.of("6"), "retention.bytes", Optional.of("9")));
    link.advance(INTERVAL);
    assertThat(target()).isEqualTo(Map.of("retention.ms", "6", "retention.bytes", "9"));

    east.alterConfigs("orders", Map.of("retention.ms", Optional.empty()));
    link.advance(INTERVAL);
    assertThat(target()).isEqualTo(Map.of("retention.bytes", "9"));
    assertThat(events).hasSize(2).last().isEqualTo("orders {retention.ms=Optional.empty}");
  }

  @Test
  void whatWasRemovedWhileTheLinkWasDown_isRemoved_ifTheLinkHasSetIt() {
    create(east, "orders", 1, Map.of("retention.ms", "5")); // with which the copy is created
    SteppedReplicator first = start(ConfigSync.defaults());
    east.alterConfigs(
        "orders", Map.of("retention.bytes", Optional.of("9"), "segment.bytes", Optional.of("100")));
    first.advance(INTERVAL);
    assertThat(target())
        .isEqualTo(Map.of("retention.ms", "5", "retention.bytes", "9", "segment.bytes", "100"));
    first.close();
    east.alterConfigs(
        "orders",
        Map.of(
            "retention.ms", Optional.empty(),
            "retention.bytes", Optional.empty(),
            "segment.bytes", Optional.empty()));
    west.alterConfigs("orders", Map.of("segment.bytes", Optional.of("200"))); // by others
    SteppedReplicator link = start(builder("east-to-west", east, InMemorySink.to(west)));
    assertThat(target()).isEqualTo(Map.of("segment.bytes", "200"));
    assertThat(notes(link))
        .containsExactly("kept: segment.bytes=200, which is set on the target topic only");
    assertThat(west.progress("east-to-west").configs()).isEmpty();
  }

  @Test
  void whatATopicWasCreatedWith_isKnownAfterARestartRightAfterThat() {
    create(east, "orders", 1, Map.of("retention.ms", "5"));
    SteppedReplicator first = SteppedReplicator.of(builder("east-to-west", east, sink), clock, 42);
    links.add(first);
    first.start();
    first.advance(Duration.ofSeconds(1));
    assertThat(target()).isEqualTo(Map.of("retention.ms", "5"));
    assertThat(sink.configCalls()).as("not compared yet").isZero();
    first.close();
    east.alterConfigs("orders", Map.of("retention.ms", Optional.empty()));
    start(builder("east-to-west", east, InMemorySink.to(west)));
    assertThat(target()).isEmpty();
  }

  @Test
  void ofTopicsThatAreGone_nothingIsKept_butOfCopiesThatStay() {
    create(east, "orders", 1, Map.of("retention.ms", "5"));
    create(east, "bills", 1, Map.of("retention.ms", "5"));
    create(east, "notes", 1, Map.of("retention.ms", "5"));
    SteppedReplicator link =
        start(
            builder("east-to-west", east, sink)
                .topicSync(TopicSync.defaults().onRecreate(RecreatedTopic.FOLLOW)));
    assertThat(remembered()).containsExactlyInAnyOrder("orders", "bills", "notes");
    east.deleteTopic("bills");
    east.deleteTopic("notes");
    west.deleteTopic("bills");
    link.advance(INTERVAL.multipliedBy(2));
    assertThat(remembered()).containsExactlyInAnyOrder("orders", "notes");
    create(east, "notes", 1, Map.of()); // comes back, and its copy is still the link's
    link.advance(INTERVAL.multipliedBy(2));
    assertThat(west.describe(List.of("notes")).get("notes").configs()).isEmpty();
    assertThat(remembered()).containsExactly("orders");
    east.deleteTopic("orders");
    east.deleteTopic("notes");
    west.deleteTopic("orders");
    link.advance(INTERVAL.multipliedBy(2)); // the link has no topic at all
    assertThat(remembered()).isEmpty();
  }

  private List<String> remembered() {
    return west.progress("east-to-west").configs().keySet().stream()
        .map(ConfigLedgerStore.Resource::name)
        .toList();
  }

  @Test
  void whatTheLinkHasNotSet_isKept_thoughTheSourceHadTheSame() {
    create(east, "orders", 1, Map.of("retention.ms", "5"));
    create(west, "orders", 1, Map.of("retention.ms", "5"));
    start(ConfigSync.defaults()).close();
    east.alterConfigs("orders", Map.of("retention.ms", Optional.empty()));
    SteppedReplicator link = start(builder("east-to-west", east, InMemorySink.to(west)));
    assertThat(target()).isEqualTo(Map.of("retention.ms", "5"));
    assertThat(notes(link))
        .containsExactly("kept: retention.ms=5, which is set on the target topic only");
  }

  @Test
  void aRefusedConfig_doesNotHoldUpTheOthers_norARemovalThatIsTriedAgain() {
    create(east, "orders", 1, Map.of("retention.ms", "5"));
    SteppedReplicator link = start(ConfigSync.defaults());
    sink.refuseConfig("retention.bytes", new PartitionFailedException("against the policy"));
    sink.refuseConfig("retention.ms", new PartitionFailedException("not today"));
    east.alterConfigs(
        "orders",
        Map.of(
            "retention.ms", Optional.empty(),
            "retention.bytes", Optional.of("9"),
            "segment.bytes", Optional.of("100")));
    link.advance(INTERVAL.plusSeconds(1));
    assertThat(target()).isEqualTo(Map.of("retention.ms", "5", "segment.bytes", "100"));
    assertThat(notes(link))
        .containsExactlyInAnyOrder(
            "retention.bytes=9 is not set: against the policy",
            "retention.ms is not removed: not today");

    sink.refuseConfig("retention.ms", null);
    link.advance(INTERVAL.plusSeconds(1));
    assertThat(target()).isEqualTo(Map.of("segment.bytes", "100"));
    assertThat(notes(link)).containsExactly("retention.bytes=9 is not set: against the policy");
  }

  @Test
  void whereNothingDiffers_oneCallPerIntervalIsMade() {
    create(east, "orders", 2, Map.of("retention.ms", "5", "min.insync.replicas", "2"));
    SteppedReplicator link = start(ConfigSync.defaults());
    int before = sink.configCalls();
    assertThat(before).isEqualTo(1);
    link.advance(INTERVAL.multipliedBy(3).plusSeconds(3));
    assertThat(sink.configCalls() - before).isEqualTo(3);
  }

  @Test
  void minIsr_isCappedByTheTargetsReplicationFactor() {
    create(east, "orders", 3, Map.of("min.insync.replicas", "2"));
    create(west, "orders", 1, Map.of());
    SteppedReplicator link = start(ConfigSync.defaults());
    assertThat(target()).isEqualTo(Map.of("min.insync.replicas", "1"));
    assertThat(notes(link))
        .containsExactly(
            "min.insync.replicas is 1, at the source 2: capped by the replication factor");
  }

  @Test
  void aTargetTopicOfTwoLinks_isLeftAlone() {
    create(east, "orders", 1, Map.of("retention.ms", "5"));
    create(south, "orders", 1, Map.of("retention.ms", "6"));
    SteppedReplicator first = start(ConfigSync.defaults());
    SteppedReplicator second = start(builder("south-to-west", south, InMemorySink.to(west)));
    assertThat(target()).isEqualTo(Map.of("retention.ms", "5"));
    assertThat(notes(second))
        .containsExactly(
            "its configs are not kept in step, since link east-to-west copies to it as well");
    east.alterConfigs("orders", Map.of("retention.ms", Optional.of("8")));
    first.advance(INTERVAL);
    assertThat(target()).isEqualTo(Map.of("retention.ms", "5"));
    assertThat(events).isEmpty();
  }

  @Test
  void ofSeveralTopicsInOneTarget_theOneWithTheMostPartitionsDecides() {
    create(east, "a", 1, Map.of("retention.ms", "5"));
    east.createTopic(TopicDescription.of("b", Optional.empty(), 2, 1, Map.of("retention.ms", "6")));
    west.createTopic("orders", 2);
    TopicMapper one = topic -> "orders";
    start(builder("east-to-west", east, sink).topicMapper(one));
    assertThat(target()).isEqualTo(Map.of("retention.ms", "6"));
  }

  @Test
  void off_changesNothing_andExcluded_isNotCopiedWhenATopicIsCreated() {
    create(east, "orders", 1, Map.of("retention.ms", "5", "segment.bytes", "100"));
    SteppedReplicator link = start(ConfigSync.defaults().excluding("retention.*"));
    assertThat(target()).isEqualTo(Map.of("segment.bytes", "100"));
    link.close();
    east.alterConfigs("orders", Map.of("segment.bytes", Optional.of("200")));
    link =
        start(
            builder("east-to-west", east, InMemorySink.to(west))
                .topicSync(TopicSync.defaults().configs(ConfigSync.off())));
    link.advance(INTERVAL);
    assertThat(target()).isEqualTo(Map.of("segment.bytes", "100"));
  }
}
