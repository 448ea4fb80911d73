package dev.twinlog.internal.link;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.AclSync;
import dev.twinlog.DeletedTopic;
import dev.twinlog.DeliveryGuarantee;
import dev.twinlog.Gap;
import dev.twinlog.GroupSync;
import dev.twinlog.LinkState;
import dev.twinlog.LocalCommits;
import dev.twinlog.MirrorMakerTopics;
import dev.twinlog.RecreatedTopic;
import dev.twinlog.Replicator;
import dev.twinlog.TopicSync;
import dev.twinlog.internal.options.LinkOptions;
import dev.twinlog.kafka.DataPath;
import dev.twinlog.kafka.Isolation;
import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.spi.PartitionMapper;
import dev.twinlog.spi.StartPosition;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Checks that properties reach the options of a link. */
final class PropertiesLinkTest {
  private final DescribedLink link = new DescribedLink();

  @Test
  void theRequiredKeysAreEnough_andLeaveTheBuildersDefaults() {
    link.describe();
    assertThat(link.given()).containsExactly("link", "source", "sink");
    assertThat(link.get(LinkOptions.LINK)).isEqualTo("us-to-eu");
    assertThat(link.source().cluster()).isEqualTo(KafkaCluster.of("source", "us:9092"));
    assertThat(link.source().isolation()).isEqualTo(Isolation.READ_COMMITTED);
    assertThat(link.source().topics().selects("orders.eu")).isTrue();
    assertThat(link.source().topics().selects("my-orders")).isFalse();
    assertThat(link.sink().cluster()).isEqualTo(KafkaCluster.of("sink", "eu:9092"));
  }

  @Test
  void everyKeyReachesTheBuilder() {
    link.set("enabled", "false");
    link.set("source.alias", "us-east");
    link.set("sink.alias", "eu-west");
    link.set("topics", "orders.*, users");
    link.set("topics.exclude", "orders_tmp.*,.*_old");
    link.set("topic.prefix", "us.");
    link.set("partition.mapper", "keyHash");
    link.set("start.from", "2026-01-31T12:00:00Z");
    link.set("isolation", "read_uncommitted");
    link.set("data.path", "records");
    link.set("recompress", "zstd");
    link.set("recompress.level", "19");
    link.set("replication.factor", "2");
    link.set("create.topics", "true");
    link.set("grow.partitions", "false");
    link.set("on.delete", "delete");
    link.set("trim", "true");
    link.set("on.recreate", "follow");
    link.set("on.gap", "continue");
    link.set("sync.configs.include", "retention.*, cleanup.policy");
    link.set("sync.configs.exclude", "retention.bytes");
    link.set("sync.configs.overwrite", "true");
    link.set("sync.configs.interval.ms", "60000");
    link.set("max.in.flight.bytes", "8589934592");
    link.set("lanes", "4");
    link.set("discovery.interval.ms", "5000");
    link.set("close.timeout.ms", "0");
    link.set("groups", "billing.*");
    link.set("groups.exclude", "billing-test");
    link.set("groups.interval.ms", "1500");
    link.set("delete.groups", "true");
    link.set("sync.share.groups", "false");
    link.set("groups.local.commits", "overwrite");
    link.set("delivery.guarantee", "at_least_once");
    link.describe();

    assertThat(link.get(LinkOptions.ENABLED)).isFalse();
    assertThat(link.get(LinkOptions.PARTITION_MAPPER)).isEqualTo(PartitionMapper.keyHash());
    assertThat(link.get(LinkOptions.START_FROM))
        .isEqualTo(StartPosition.timestamp(Instant.parse("2026-01-31T12:00:00Z")));
    assertThat(link.get(LinkOptions.MAX_IN_FLIGHT_BYTES)).isEqualTo(8_589_934_592L);
    assertThat(link.get(LinkOptions.LANES)).isEqualTo(4);
    assertThat(link.get(LinkOptions.DISCOVERY_INTERVAL)).isEqualTo(Duration.ofSeconds(5));
    assertThat(link.get(LinkOptions.CLOSE_TIMEOUT)).isEqualTo(Duration.ZERO);
    assertThat(link.get(LinkOptions.DELIVERY_GUARANTEE)).isEqualTo(DeliveryGuarantee.AT_LEAST_ONCE);
    assertThat(link.get(LinkOptions.TOPIC_MAPPER).targetTopic("a")).isEqualTo("us.a");
    TopicSync sync = link.get(LinkOptions.TOPIC_SYNC);
    assertThat(sync.creates()).isTrue();
    assertThat(sync.grows()).isFalse();
    assertThat(sync.onDelete()).isEqualTo(DeletedTopic.DELETE);
    assertThat(sync.trims()).isTrue();
    assertThat(sync.onRecreate()).isEqualTo(RecreatedTopic.FOLLOW);
    assertThat(sync.onGap()).isEqualTo(Gap.CONTINUE);
    assertThat(sync.configs().isOn()).isTrue();
    assertThat(List.of("retention.ms", "cleanup.policy", "retention.bytes", "segment.ms"))
        .filteredOn(sync.configs()::covers)
        .containsExactly("retention.ms", "cleanup.policy");
    assertThat(sync.configs().overwrites()).isTrue();
    assertThat(sync.configs().interval()).isEqualTo(Duration.ofMinutes(1));
    GroupSync groups = link.get(LinkOptions.GROUP_SYNC);
    assertThat(List.of("billing-1", "billing-test", "other"))
        .filteredOn(groups::selects)
        .containsExactly("billing-1");
    assertThat(groups.interval()).isEqualTo(Duration.ofMillis(1500));
    assertThat(groups.deletes()).isTrue();
    assertThat(groups.includesShareGroups()).isFalse();
    assertThat(groups.localCommits()).isEqualTo(LocalCommits.OVERWRITE);
    assertThat(link.source().cluster().alias()).isEqualTo("us-east");
    assertThat(link.sink().cluster().alias()).isEqualTo("eu-west");
    assertThat(link.source().isolation()).isEqualTo(Isolation.READ_UNCOMMITTED);
    assertThat(link.source().dataPath()).isEqualTo(DataPath.RECORDS);
    assertThat(link.sink().dataPath()).isEqualTo(DataPath.RECORDS);
    assertThat(List.of("orders.a", "users", "orders_tmp1", "orders_old", "other"))
        .filteredOn(link.source().topics()::selects)
        .containsExactly("orders.a", "users");
  }

  @Test
  void groupSync_canBeSwitchedOff() {
    link.set("sync.groups", "false");
    link.describe();
    assertThat(link.get(LinkOptions.GROUP_SYNC).isOn()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"batches, BATCHES", "RECORDS, RECORDS"})
  void theDataPathIsThatOfBothSides(String text, DataPath path) {
    link.set("data.path", text);
    link.describe();
    assertThat(link.source().dataPath()).isEqualTo(path);
    assertThat(link.sink().dataPath()).isEqualTo(path);
  }

  @Test
  void configsAreKeptInStepUnlessThatIsOff() {
    link.set("sync.configs", "false");
    link.describe();
    assertThat(link.get(LinkOptions.TOPIC_SYNC).configs().isOn()).isFalse();
  }

  @Test
  void aclsAreKeptInStepOnDemand() {
    link.set("sync.acls", "topicsAndGroups");
    link.set("sync.acls.writes", "copy");
    link.set("sync.acls.delete", "false");
    link.set("sync.acls.interval.ms", "1000");
    link.describe();
    AclSync acls = link.get(LinkOptions.TOPIC_SYNC).acls();
    assertThat(acls.isOn()).isTrue();
    assertThat(acls.copiesGroups()).isTrue();
    assertThat(acls.writes()).isEqualTo(AclSync.Writes.COPY);
    assertThat(acls.deletes()).isFalse();
    assertThat(acls.interval()).isEqualTo(Duration.ofSeconds(1));
  }

  @Test
  void topicsOfMirrorMakerAreWrittenOnDemand() {
    link.set("mirrormaker.heartbeats", "true");
    link.set("mirrormaker.separator", "_");
    link.describe();
    MirrorMakerTopics topics = link.get(LinkOptions.MIRROR_MAKER_TOPICS);
    assertThat(topics.writesHeartbeats()).isTrue();
    assertThat(topics.writesCheckpoints()).isFalse();
    assertThat(topics.separator()).isEqualTo("_");
  }

  @Test
  void otherKeysOfASideGoToItsClients_asTheyAre() {
    link.set("source.security.protocol", "SASL_SSL");
    link.set("source.ssl.truststore.password", " blanks count ");
    link.set("source.max.poll.records", "100");
    link.set("sink.linger.ms", "20");
    link.describe();
    assertThat(link.source().cluster().properties())
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "security.protocol", "SASL_SSL",
                "ssl.truststore.password", " blanks count ",
                "max.poll.records", "100"));
    assertThat(link.sink().cluster().properties()).containsExactly(Map.entry("linger.ms", "20"));
  }

  @Test
  void theTwinOfTheTargetsServersWillDo() {
    link.properties.remove("replicator.bootstrap.servers");
    link.set("sink.bootstrap.servers", "eu:9093");
    link.describe();
    assertThat(link.sink().cluster().bootstrapServers()).isEqualTo("eu:9093");
  }

  @Test
  void keysOfOthersAreIgnored() {
    link.properties.setProperty("spring.application.name", "shop");
    link.properties.setProperty("replicators.lnik", "x");
    link.properties.put(42, "x");
    link.describe();
  }

  @Test
  void aDisabledLinkNeedsItsNameOnly() {
    link.properties.clear();
    link.set("enabled", "false");
    link.set("link", "us-to-eu");
    link.describe();
    assertThat(link.given()).containsExactly("link", "enabled");
    assertThat(link.get(LinkOptions.ENABLED)).isFalse();
  }

  @Test
  void blanksAroundAValueDoNotMatter_andABlankValueIsNotGiven() {
    link.set("lanes", " 2 ");
    link.set("isolation", "READ_UNCOMMITTED ");
    link.set("start.from", " latest");
    link.set("topic.prefix", "");
    link.set("topics.exclude", "  ");
    link.set("close.timeout.ms", "");
    link.describe();
    assertThat(link.given()).containsExactly("link", "source", "sink", "startFrom", "lanes");
    assertThat(link.get(LinkOptions.LANES)).isEqualTo(2);
    assertThat(link.get(LinkOptions.START_FROM)).isEqualTo(StartPosition.latest());
    assertThat(link.source().isolation()).isEqualTo(Isolation.READ_UNCOMMITTED);
  }

  @Test
  void defaultsOfThePropertiesCount_andSoDoRawNumbersAndBooleans() {
    Properties own = new Properties(link.properties);
    own.put("replicator.lanes", 3);
    own.put("replicator.enabled", false);
    link.describe(own);
    assertThat(link.get(LinkOptions.LINK)).isEqualTo("us-to-eu");
    assertThat(link.get(LinkOptions.LANES)).isEqualTo(3);
    assertThat(link.get(LinkOptions.ENABLED)).isFalse();
  }

  @Test
  void aLinkOfProperties_isBuiltAsItIs() {
    try (Replicator replicator = Replicator.fromProperties(link.properties).build()) {
      assertThat(replicator.status().link()).isEqualTo("us-to-eu");
      assertThat(replicator.status().state()).isEqualTo(LinkState.NEW);
    }
  }

  @Test
  void aDisabledLinkOfNothingButItsName_isBuiltAndDoesNothing() {
    link.properties.clear();
    link.set("enabled", "false");
    link.set("link", "us-to-eu");
    try (Replicator replicator = Replicator.fromProperties(link.properties).build()) {
      replicator.start();
      assertThat(replicator.status().state()).isEqualTo(LinkState.DISABLED);
    }
  }
}
