package dev.twinlog.internal.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.twinlog.AclSync;
import dev.twinlog.DeletedTopic;
import dev.twinlog.DeliveryGuarantee;
import dev.twinlog.Gap;
import dev.twinlog.GroupSync;
import dev.twinlog.LinkState;
import dev.twinlog.LocalCommits;
import dev.twinlog.MirrorMakerTopics;
import dev.twinlog.RecreatedTopic;
import dev.twinlog.ReplicationListener;
import dev.twinlog.Replicator;
import dev.twinlog.TopicSync;
import dev.twinlog.kafka.DataPath;
import dev.twinlog.kafka.Isolation;
import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.spi.ConfigurationException;
import dev.twinlog.spi.LinkMetrics;
import dev.twinlog.spi.OffsetTranslator;
import dev.twinlog.spi.PartitionMapper;
import dev.twinlog.spi.ProgressStore;
import dev.twinlog.spi.RecordTransform;
import dev.twinlog.spi.Sink;
import dev.twinlog.spi.Source;
import dev.twinlog.spi.StartPosition;
import dev.twinlog.spi.TopicMapper;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PropertiesLinkTest {
  private final Recorded builder = new Recorded();
  private final Properties properties = new Properties();

  PropertiesLinkTest() {
    set("link", "us-to-eu");
    set("source.bootstrap.servers", "us:9092");
    set("bootstrap.servers", "eu:9092");
    set("topics", "orders.*");
  }

  @Test
  void theRequiredKeysAreEnough_andLeaveTheBuildersDefaults() {
    describe();
    assertThat(builder.calls).containsOnlyKeys("enabled", "link", "source", "sink");
    assertThat(builder.calls).containsEntry("enabled", true).containsEntry("link", "us-to-eu");
    assertThat(source().cluster()).isEqualTo(KafkaCluster.of("source", "us:9092"));
    assertThat(source().isolation()).isEqualTo(Isolation.READ_COMMITTED);
    assertThat(source().topics().selects("orders.eu")).isTrue();
    assertThat(source().topics().selects("my-orders")).isFalse();
    assertThat(sink().cluster()).isEqualTo(KafkaCluster.of("sink", "eu:9092"));
  }

  @Test
  void everyKeyReachesTheBuilder() {
    set("enabled", "false");
    set("source.alias", "us-east");
    set("sink.alias", "eu-west");
    set("topics", "orders.*, users");
    set("topics.exclude", "orders_tmp.*,.*_old");
    set("topic.prefix", "us.");
    set("partition.mapper", "keyHash");
    set("start.from", "2026-01-31T12:00:00Z");
    set("isolation", "read_uncommitted");
    set("data.path", "records");
    set("recompress", "zstd");
    set("recompress.level", "19");
    set("replication.factor", "2");
    set("create.topics", "true");
    set("grow.partitions", "false");
    set("on.delete", "delete");
    set("trim", "true");
    set("on.recreate", "follow");
    set("on.gap", "continue");
    set("sync.configs.include", "retention.*, cleanup.policy");
    set("sync.configs.exclude", "retention.bytes");
    set("sync.configs.overwrite", "true");
    set("sync.configs.interval.ms", "60000");
    set("max.in.flight.bytes", "8589934592");
    set("lanes", "4");
    set("discovery.interval.ms", "5000");
    set("close.timeout.ms", "0");
    set("groups", "billing.*");
    set("groups.exclude", "billing-test");
    set("groups.interval.ms", "1500");
    set("delete.groups", "true");
    set("groups.local.commits", "overwrite");
    set("delivery.guarantee", "at_least_once");
    describe();

    assertThat(builder.calls)
        .containsEntry("enabled", false)
        .containsEntry("partitionMapper", PartitionMapper.keyHash())
        .containsEntry("startFrom", StartPosition.timestamp(Instant.parse("2026-01-31T12:00:00Z")))
        .containsEntry("maxInFlightBytes", 8_589_934_592L)
        .containsEntry("lanes", 4)
        .containsEntry("discoveryInterval", Duration.ofSeconds(5))
        .containsEntry("closeTimeout", Duration.ZERO)
        .containsEntry("deliveryGuarantee", DeliveryGuarantee.AT_LEAST_ONCE);
    assertThat(((TopicMapper) builder.calls.get("topicMapper")).targetTopic("a")).isEqualTo("us.a");
    TopicSync sync = (TopicSync) builder.calls.get("topicSync");
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
    GroupSync groups = (GroupSync) builder.calls.get("groupSync");
    assertThat(List.of("billing-1", "billing-test", "other"))
        .filteredOn(groups::selects)
        .containsExactly("billing-1");
    assertThat(groups.interval()).isEqualTo(Duration.ofMillis(1500));
    assertThat(groups.deletes()).isTrue();
    assertThat(groups.localCommits()).isEqualTo(LocalCommits.OVERWRITE);
    assertThat(source().cluster().alias()).isEqualTo("us-east");
    assertThat(sink().cluster().alias()).isEqualTo("eu-west");
    assertThat(source().isolation()).isEqualTo(Isolation.READ_UNCOMMITTED);
    assertThat(source().dataPath()).isEqualTo(DataPath.RECORDS);
    assertThat(sink().dataPath()).isEqualTo(DataPath.RECORDS);
    assertThat(List.of("orders.a", "users", "orders_tmp1", "orders_old", "other"))
        .filteredOn(source().topics()::selects)
        .containsExactly("orders.a", "users");
  }

  @Test
  void groupSync_canBeSwitchedOff() {
    set("sync.groups", "false");
    describe();
    assertThat(((GroupSync) builder.calls.get("groupSync")).isOn()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"batches, BATCHES", "RECORDS, RECORDS"})
  void theDataPathIsThatOfBothSides(String text, DataPath path) {
    set("data.path", text);
    describe();
    assertThat(source().dataPath()).isEqualTo(path);
    assertThat(sink().dataPath()).isEqualTo(path);
  }

  @Test
  void configsAreKeptInStepUnlessThatIsOff() {
    set("sync.configs", "false");
    describe();
    assertThat(((TopicSync) builder.calls.get("topicSync")).configs().isOn()).isFalse();
  }

  @Test
  void aclsAreKeptInStepOnDemand() {
    set("sync.acls", "topicsAndGroups");
    set("sync.acls.writes", "copy");
    set("sync.acls.delete", "false");
    set("sync.acls.interval.ms", "1000");
    describe();
    AclSync acls = ((TopicSync) builder.calls.get("topicSync")).acls();
    assertThat(acls.isOn()).isTrue();
    assertThat(acls.copiesGroups()).isTrue();
    assertThat(acls.writes()).isEqualTo(AclSync.Writes.COPY);
    assertThat(acls.deletes()).isFalse();
    assertThat(acls.interval()).isEqualTo(Duration.ofSeconds(1));
  }

  @Test
  void topicsOfMirrorMakerAreWrittenOnDemand() {
    set("mirrormaker.heartbeats", "true");
    set("mirrormaker.separator", "_");
    describe();
    MirrorMakerTopics topics = (MirrorMakerTopics) builder.calls.get("mirrorMakerTopics");
    assertThat(topics.writesHeartbeats()).isTrue();
    assertThat(topics.writesCheckpoints()).isFalse();
    assertThat(topics.separator()).isEqualTo("_");
  }

  @Test
  void howAclsAreKeptInStepWithoutWhichIsAProblem() {
    set("sync.acls.writes", "copy");
    assertThat(problems())
        .containsExactly(
            "replicator.sync.acls was not set, but another key of replicator.sync.acls.* was");
  }

  @Test
  void everyWrongPatternOfConfigsIsAProblem() {
    set("sync.configs.include", "(");
    set("sync.configs.exclude", "a,,b");
    set("sync.configs.interval.ms", "1");
    assertThat(problems())
        .containsExactlyInAnyOrder(
            "replicator.sync.configs.exclude was \"a,,b\" but must be regular expressions separated"
                + " by single commas",
            "replicator.sync.configs.interval.ms was \"1\" but must be a whole number from 100 to"
                + " 86400000",
            "replicator.sync.configs.*: the included pattern \"(\" is not a regular expression:"
                + " Unclosed group near index 1");
  }

  @Test
  void anUnknownDataPathIsOneProblem() {
    set("data.path", "bytes");
    assertThat(problems())
        .containsExactly(
            "replicator.data.path was \"bytes\" but must be auto or batches or records");
  }

  @Test
  void theSinkChecksHowItRecompresses() {
    set("recompress", "gzip");
    describe();
    set("recompress.level", "9");
    describe();
    set("recompress.level", "10");
    assertThat(problems())
        .singleElement()
        .asString()
        .startsWith("replicator.sink.*: recompress(GZIP, 10) can't be: ");
  }

  @Test
  void aLevelNeedsItsCodec() {
    set("recompress.level", "3");
    assertThat(problems())
        .containsExactly("replicator.recompress was not set, but replicator.recompress.level was");
  }

  @Test
  void otherKeysOfASideGoToItsClients_asTheyAre() {
    set("source.security.protocol", "SASL_SSL");
    set("source.ssl.truststore.password", " blanks count ");
    set("source.max.poll.records", "100");
    set("sink.linger.ms", "20");
    describe();
    assertThat(source().cluster().properties())
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "security.protocol", "SASL_SSL",
                "ssl.truststore.password", " blanks count ",
                "max.poll.records", "100"));
    assertThat(sink().cluster().properties()).containsExactly(Map.entry("linger.ms", "20"));
  }

  @Test
  void theTwinOfTheTargetsServersWillDo() {
    properties.remove("replicator.bootstrap.servers");
    set("sink.bootstrap.servers", "eu:9093");
    describe();
    assertThat(sink().cluster().bootstrapServers()).isEqualTo("eu:9093");
  }

  @Test
  void twinsThatAgreeAreFine_twinsThatDifferAreAProblem() {
    set("sink.bootstrap.servers", "eu:9092");
    describe();
    set("sink.bootstrap.servers", "elsewhere:9092");
    assertThat(problems())
        .containsExactly(
            "replicator.bootstrap.servers was \"eu:9092\" but its twin"
                + " replicator.sink.bootstrap.servers was \"elsewhere:9092\": give one");
  }

  @ParameterizedTest
  @CsvSource({
    "lnik, link",
    "Enabled, enabled",
    "soruce.bootstrap.servers, source.bootstrap.servers",
    "source.boostrap.servers, source.bootstrap.servers",
    "sink.security.protocl, sink.security.protocol",
    "source.alais, source.alias",
    "topic, topics",
    "exclude.topics, create.topics",
    "topics.excluded, topics.exclude",
    "discovery.interval, discovery.interval.ms",
    "'', link",
  })
  void anUnknownKeyIsRefusedWithTheNearestKnownOne(String unknown, String nearest) {
    set(unknown, "x");
    assertThat(problems())
        .containsExactly(
            "replicator.%s is unknown; the nearest known key is replicator.%s"
                .formatted(unknown, nearest));
  }

  @Test
  void keysOfOthersAreIgnored() {
    properties.setProperty("spring.application.name", "shop");
    properties.setProperty("replicators.lnik", "x");
    properties.put(42, "x");
    describe();
  }

  @Test
  void everythingIsReportedAtOnce() {
    properties.clear();
    set("sink.alias", "eu west");
    set("sink.bootstrap.servers", "nowhere");
    set("source.acks", "1");
    set("source.batch.size", "many");
    set("topics.exclude", "a,(b");
    set("topic.prefix", "us east.");
    set("partition.mapper", "random");
    set("start.from", "yesterday");
    set("isolation", "none");
    set("data.path", "bytes");
    set("recompress", "brotli");
    set("recompress.level", "high");
    set("replication.factor", "0");
    set("create.topics", "yes");
    set("max.in.flight.bytes", "1000");
    set("lanes", "65");
    set("discovery.interval.ms", "1s");
    set("close.timeout.ms", "-1");
    set("delivery.guarantee", "at_most_once");
    set("lane", "1");
    List<String> problems = problems();
    assertThat(problems)
        .containsExactlyInAnyOrder(
            "replicator.lane is unknown; the nearest known key is replicator.lanes",
            "replicator.link was not set",
            "replicator.source.bootstrap.servers was not set",
            "replicator.source.*: property acks can't be set: it is always all",
            problems.stream().filter(p -> p.contains("batch.size")).findFirst().orElseThrow(),
            "replicator.topics was not set",
            "replicator.topics.exclude: the excluded pattern \"(b\" is not a regular expression:"
                + " Unclosed group near index 2",
            "replicator.sink.*: alias was \"eu west\" but must be 1 to 64 characters of A-Z a-z 0-9 ."
                + " _ -",
            "replicator.sink.*: bootstrapServers holds \"nowhere\" but must be host:port, several"
                + " separated by commas",
            "replicator.topic.prefix was \"us east.\" but must be of the characters A-Z a-z 0-9 . _ -",
            "replicator.partition.mapper was \"random\" but must be identity or keyHash or modulo",
            "replicator.start.from was \"yesterday\" but must be earliest, latest or an instant as"
                + " 2026-01-31T12:00:00Z",
            "replicator.isolation was \"none\" but must be read_committed or read_uncommitted",
            "replicator.data.path was \"bytes\" but must be auto or batches or records",
            "replicator.recompress was \"brotli\" but must be gzip or lz4 or none or snappy or zstd",
            "replicator.recompress.level was \"high\" but must be a whole number from -2147483648 to"
                + " 2147483647",
            "replicator.replication.factor was \"0\" but must be a whole number from 1 to 32767",
            "replicator.create.topics was \"yes\" but must be false or true",
            "replicator.max.in.flight.bytes was \"1000\" but must be a whole number of at least"
                + " 65536",
            "replicator.lanes was \"65\" but must be a whole number from 1 to 64",
            "replicator.discovery.interval.ms was \"1s\" but must be a whole number from 100 to"
                + " 86400000",
            "replicator.close.timeout.ms was \"-1\" but must be a whole number from 0 to 86400000",
            "replicator.delivery.guarantee was \"at_most_once\" but must be at_least_once or"
                + " exactly_once");
  }

  @Test
  void whatIsMissingIsNamed_withItsTwin() {
    properties.clear();
    assertThat(problems())
        .containsExactly(
            "replicator.link was not set",
            "replicator.source.bootstrap.servers was not set",
            "replicator.topics was not set",
            "replicator.bootstrap.servers was not set, nor was its twin"
                + " replicator.sink.bootstrap.servers");
  }

  @Test
  void aDisabledLinkNeedsItsNameOnly() {
    properties.clear();
    set("enabled", "false");
    set("link", "us-to-eu");
    describe();
    assertThat(builder.calls).containsOnlyKeys("enabled", "link").containsEntry("enabled", false);
  }

  @Test
  void aDisabledLinkMustStillHaveANameAndBeRightInWhatItGives() {
    properties.clear();
    set("enabled", "false");
    set("lanes", "many");
    set("topcis", "a");
    set("source.acks", "1");
    assertThat(problems())
        .containsExactly(
            "replicator.topcis is unknown; the nearest known key is replicator.topics",
            "replicator.link was not set",
            "replicator.source.*: property acks can't be set: it is always all",
            "replicator.lanes was \"many\" but must be a whole number from 1 to 64");
  }

  @Test
  void enabledThatIsNeitherTrueNorFalse_isAProblemAndDisablesNothing() {
    properties.remove("replicator.topics");
    set("enabled", "off");
    assertThat(problems())
        .containsExactly(
            "replicator.enabled was \"off\" but must be false or true",
            "replicator.topics was not set");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a.b", "a b", ""})
  void aLinksNameIsChecked(String name) {
    set("link", name);
    assertThat(problems()).singleElement().asString().startsWith("replicator.link was ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"orders,", ",", "orders,,users"})
  void anEmptyPatternIsAProblem(String patterns) {
    set("topics", patterns);
    assertThat(problems())
        .containsExactly(
            "replicator.topics was \"%s\" but must be regular expressions separated by single commas"
                .formatted(patterns));
  }

  @Test
  void blanksAroundAValueDoNotMatter_andABlankValueIsNotGiven() {
    set("lanes", " 2 ");
    set("isolation", "READ_UNCOMMITTED ");
    set("start.from", " latest");
    set("topic.prefix", "");
    set("topics.exclude", "  ");
    set("close.timeout.ms", "");
    describe();
    assertThat(builder.calls)
        .containsOnlyKeys("enabled", "link", "source", "sink", "lanes", "startFrom")
        .containsEntry("lanes", 2)
        .containsEntry("startFrom", StartPosition.latest());
    assertThat(source().isolation()).isEqualTo(Isolation.READ_UNCOMMITTED);
  }

  @Test
  void defaultsOfThePropertiesCount_andSoDoRawNumbersAndBooleans() {
    Properties own = new Properties(properties);
    own.put("replicator.lanes", 3);
    own.put("replicator.enabled", false);
    PropertiesLink.describe(own, builder);
    assertThat(builder.calls)
        .containsEntry("link", "us-to-eu")
        .containsEntry("lanes", 3)
        .containsEntry("enabled", false);
  }

  @Test
  void aValueThatIsNoText_isAProblem() {
    properties.put("replicator.topics.exclude", Duration.ZERO);
    assertThat(problems())
        .containsExactly("replicator.topics.exclude was a Duration but must be a string");
  }

  @Test
  void secretsStayOutOfTheMessage() {
    set("source.ssl.key.password", "hunter2");
    set("source.ssl.key.passwrd", "hunter2");
    set("lanes", "0");
    assertThat(refused())
        .hasMessageContaining("ssl.key.passwrd")
        .hasMessageNotContaining("hunter2");
  }

  @Test
  void aLinkOfProperties_isBuiltAsItIs() {
    try (Replicator replicator = Replicator.fromProperties(properties).build()) {
      assertThat(replicator.status().link()).isEqualTo("us-to-eu");
      assertThat(replicator.status().state()).isEqualTo(LinkState.NEW);
    }
  }

  @Test
  void aDisabledLinkOfNothingButItsName_isBuiltAndDoesNothing() {
    properties.clear();
    set("enabled", "false");
    set("link", "us-to-eu");
    try (Replicator replicator = Replicator.fromProperties(properties).build()) {
      replicator.start();
      assertThat(replicator.status().state()).isEqualTo(LinkState.DISABLED);
    }
  }

  private void set(String key, String value) {
    properties.setProperty("replicator." + key, value);
  }

  private void describe() {
    assertThat(PropertiesLink.describe(properties, builder)).isSameAs(builder);
  }

  private ConfigurationException refused() {
    return catchThrowableOfType(ConfigurationException.class, this::describe);
  }

  private List<String> problems() {
    ConfigurationException refused = refused();
    assertThat(refused).as("refusal").isNotNull();
    return refused.problems();
  }

  private KafkaSource source() {
    return (KafkaSource) builder.calls.get("source");
  }

  private KafkaSink sink() {
    return (KafkaSink) builder.calls.get("sink");
  }

  /** Notes what it is told, the last of each kind. */
  private static final class Recorded implements Replicator.Builder {
    final Map<String, Object> calls = new LinkedHashMap<>();

    private Recorded note(String setter, Object value) {
      calls.put(setter, value);
      return this;
    }

    @Override
    public Recorded link(String name) {
      return note("link", name);
    }

    @Override
    public Recorded source(Source source) {
      return note("source", source);
    }

    @Override
    public Recorded sink(Sink sink) {
      return note("sink", sink);
    }

    @Override
    public Recorded startFrom(StartPosition position) {
      return note("startFrom", position);
    }

    @Override
    public Recorded topicMapper(TopicMapper mapper) {
      return note("topicMapper", mapper);
    }

    @Override
    public Recorded offsetTranslator(OffsetTranslator translator) {
      return note("offsetTranslator", translator);
    }

    @Override
    public Recorded partitionMapper(PartitionMapper mapper) {
      return note("partitionMapper", mapper);
    }

    @Override
    public Recorded transform(RecordTransform transform) {
      return note("transform", transform);
    }

    @Override
    public Recorded mirrorMakerTopics(MirrorMakerTopics topics) {
      return note("mirrorMakerTopics", topics);
    }

    @Override
    public Recorded topicSync(TopicSync sync) {
      return note("topicSync", sync);
    }

    @Override
    public Recorded groupSync(GroupSync sync) {
      return note("groupSync", sync);
    }

    @Override
    public Recorded progressStore(ProgressStore store) {
      return note("progressStore", store);
    }

    @Override
    public Recorded deliveryGuarantee(DeliveryGuarantee guarantee) {
      return note("deliveryGuarantee", guarantee);
    }

    @Override
    public Recorded maxInFlightBytes(long bytes) {
      return note("maxInFlightBytes", bytes);
    }

    @Override
    public Recorded lanes(int lanes) {
      return note("lanes", lanes);
    }

    @Override
    public Recorded discoveryInterval(Duration interval) {
      return note("discoveryInterval", interval);
    }

    @Override
    public Recorded closeTimeout(Duration timeout) {
      return note("closeTimeout", timeout);
    }

    @Override
    public Recorded metrics(LinkMetrics metrics) {
      return note("metrics", metrics);
    }

    @Override
    public Recorded onEvent(ReplicationListener listener) {
      return note("onEvent", listener);
    }

    @Override
    public Recorded enabled(boolean enabled) {
      return note("enabled", enabled);
    }

    @Override
    public Recorded clock(Clock clock) {
      return note("clock", clock);
    }

    @Override
    public Replicator build() {
      throw new UnsupportedOperationException("describing builds nothing");
    }
  }
}
