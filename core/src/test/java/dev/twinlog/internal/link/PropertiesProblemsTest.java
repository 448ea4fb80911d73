package dev.twinlog.internal.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.twinlog.spi.ConfigurationException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Checks that properties which are unknown, missing or unusable are refused, all at once. */
final class PropertiesProblemsTest {
  private final DescribedLink link = new DescribedLink();

  @Test
  void howAclsAreKeptInStepWithoutWhichIsAProblem() {
    link.set("sync.acls.writes", "copy");
    assertThat(problems())
        .containsExactly("replicator.sync.acls was not set, but replicator.sync.acls.writes was");
  }

  @Test
  void everyWrongPatternOfConfigsIsAProblem() {
    link.set("sync.configs.include", "(");
    link.set("sync.configs.exclude", "a,,b");
    link.set("sync.configs.interval.ms", "1");
    assertThat(problems())
        .containsExactlyInAnyOrder(
            "replicator.sync.configs.exclude was \"a,,b\" but must be regular expressions separated"
                + " by single commas",
            "replicator.sync.configs.interval.ms was \"1\" but must be a whole number from 100 to"
                + " 86400000",
            "replicator.sync.configs.include: the included pattern \"(\" is not a regular expression:"
                + " Unclosed group near index 1");
  }

  @Test
  void anUnknownDataPathIsOneProblem() {
    link.set("data.path", "bytes");
    assertThat(problems())
        .containsExactly(
            "replicator.data.path was \"bytes\" but must be auto or batches or records");
  }

  @Test
  void theSinkChecksHowItRecompresses() {
    link.set("recompress", "gzip");
    link.describe();
    link.set("recompress.level", "9");
    link.describe();
    link.set("recompress.level", "10");
    assertThat(problems())
        .singleElement()
        .asString()
        .startsWith("replicator.sink.*: recompress(GZIP, 10) can't be: ");
  }

  @Test
  void aLevelNeedsItsCodec() {
    link.set("recompress.level", "3");
    assertThat(problems())
        .containsExactly("replicator.recompress was not set, but replicator.recompress.level was");
  }

  @Test
  void twinsThatAgreeAreFine_twinsThatDifferAreAProblem() {
    link.set("sink.bootstrap.servers", "eu:9092");
    link.describe();
    link.set("sink.bootstrap.servers", "elsewhere:9092");
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
    link.set(unknown, "x");
    assertThat(problems())
        .containsExactly(
            "replicator.%s is unknown; the nearest known key is replicator.%s"
                .formatted(unknown, nearest));
  }

  @Test
  void everythingIsReportedAtOnce() {
    link.properties.clear();
    link.set("sink.alias", "eu west");
    link.set("sink.bootstrap.servers", "nowhere");
    link.set("source.acks", "1");
    link.set("source.batch.size", "many");
    link.set("topics.exclude", "a,(b");
    link.set("topic.prefix", "us east.");
    link.set("partition.mapper", "random");
    link.set("start.from", "yesterday");
    link.set("isolation", "none");
    link.set("data.path", "bytes");
    link.set("recompress", "brotli");
    link.set("recompress.level", "high");
    link.set("replication.factor", "0");
    link.set("create.topics", "yes");
    link.set("max.in.flight.bytes", "1000");
    link.set("lanes", "65");
    link.set("discovery.interval.ms", "1s");
    link.set("close.timeout.ms", "-1");
    link.set("delivery.guarantee", "at_most_once");
    link.set("lane", "1");
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
    link.properties.clear();
    assertThat(problems())
        .containsExactly(
            "replicator.link was not set",
            "replicator.source.bootstrap.servers was not set",
            "replicator.topics was not set",
            "replicator.bootstrap.servers was not set, nor was its twin"
                + " replicator.sink.bootstrap.servers");
  }

  @Test
  void aDisabledLinkMustStillHaveANameAndBeRightInWhatItGives() {
    link.properties.clear();
    link.set("enabled", "false");
    link.set("lanes", "many");
    link.set("topcis", "a");
    link.set("source.acks", "1");
    assertThat(problems())
        .containsExactly(
            "replicator.topcis is unknown; the nearest known key is replicator.topics",
            "replicator.link was not set",
            "replicator.source.*: property acks can't be set: it is always all",
            "replicator.lanes was \"many\" but must be a whole number from 1 to 64");
  }

  @Test
  void enabledThatIsNeitherTrueNorFalse_isAProblemAndDisablesNothing() {
    link.properties.remove("replicator.topics");
    link.set("enabled", "off");
    assertThat(problems())
        .containsExactly(
            "replicator.enabled was \"off\" but must be false or true",
            "replicator.topics was not set");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a.b", "a b", ""})
  void aLinksNameIsChecked(String name) {
    link.set("link", name);
    assertThat(problems()).singleElement().asString().startsWith("replicator.link was ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"orders,", ",", "orders,,users"})
  void anEmptyPatternIsAProblem(String patterns) {
    link.set("topics", patterns);
    assertThat(problems())
        .containsExactly(
            "replicator.topics was \"%s\" but must be regular expressions separated by single commas"
                .formatted(patterns));
  }

  @Test
  void aValueThatIsNoText_isAProblem() {
    link.properties.put("replicator.topics.exclude", Duration.ZERO);
    assertThat(problems())
        .containsExactly("replicator.topics.exclude was a Duration but must be a string");
  }

  @Test
  void secretsStayOutOfTheMessage() {
    link.set("source.ssl.key.password", "hunter2");
    link.set("source.ssl.key.passwrd", "hunter2");
    link.set("lanes", "0");
    assertThat(refused())
        .hasMessageContaining("ssl.key.passwrd")
        .hasMessageNotContaining("hunter2");
  }

  private ConfigurationException refused() {
    return catchThrowableOfType(ConfigurationException.class, link::describe);
  }

  private List<String> problems() {
    ConfigurationException refused = refused();
    assertThat(refused).as("refusal").isNotNull();
    return refused.problems();
  }
}
