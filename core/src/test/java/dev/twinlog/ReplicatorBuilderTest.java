package dev.twinlog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.spi.ConfigurationException;
import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ProgressStore;
import dev.twinlog.spi.RecordTransform;
import dev.twinlog.spi.Sink;
import dev.twinlog.spi.SinkWriter;
import dev.twinlog.spi.Source;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.SourceReader;
import dev.twinlog.spi.StartPosition;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

final class ReplicatorBuilderTest {
  private static final KafkaCluster US = KafkaCluster.of("us-east", "us-east-1:9092");
  private static final KafkaCluster EU = KafkaCluster.of("eu-west", "eu-west-1:9092");

  @Test
  void everythingWrongInOneCall_isReportedAtOnce() {
    assertThat(
            problems(
                Replicator.builder()
                    .link("us.east to eu")
                    .source(new PlainSource())
                    .sink(new PlainSink())
                    .lanes(0)
                    .maxInFlightBytes(10)
                    .discoveryInterval(Duration.ofMillis(1))
                    .closeTimeout(Duration.ofSeconds(-1))
                    .deliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE)))
        .containsExactlyInAnyOrder(
            "link was \"us.east to eu\" but must be 1 to 64 characters of A-Z a-z 0-9 _ -",
            "progressStore was not given, but sink PlainSink keeps no progress itself: give one,"
                + " FileProgressStore.at(directory) for instance",
            "deliveryGuarantee was EXACTLY_ONCE, but sink PlainSink can't recover: leave it out or"
                + " ask for AT_LEAST_ONCE",
            "maxInFlightBytes was 10 but must be at least 65536",
            "lanes was 0 but must be 1 to 64",
            "discoveryInterval was PT0.001S but must be PT0.1S to PT24H",
            "closeTimeout was PT-1S but must be PT0S to PT24H");
  }

  @Test
  void aSecondTransform_isAProblem_andAChainIsNot() {
    RecordTransform all = Optional::of;
    Replicator.Builder twice =
        Replicator.builder()
            .link("us-east-to-eu-west")
            .source(KafkaSource.from(US).topics(TopicSelector.matching("o.*")).build())
            .sink(KafkaSink.to(EU).build())
            .transform(all);
    assertThat(twice.transform(all)).isSameAs(twice);
    assertThat(problems(twice))
        .containsExactly(
            "transform was given 2 times, but one is applied: chain them, first.andThen(second)");
    Replicator.builder()
        .link("us-east-to-eu-west")
        .source(KafkaSource.from(US).topics(TopicSelector.matching("o.*")).build())
        .sink(KafkaSink.to(EU).build())
        .transform(all.andThen(all))
        .build()
        .close();
  }

  @Test
  void whatIsMissing_isReportedAtOnce() {
    assertThat(problems(Replicator.builder().lanes(65)))
        .containsExactlyInAnyOrder(
            "link was not given but is required",
            "source was not given but is required",
            "sink was not given but is required",
            "lanes was 65 but must be 1 to 64");
  }

  @Test
  void message_namesTheLinkAndEveryProblem() {
    assertThatThrownBy(() -> Replicator.builder().link("us-to-eu").lanes(-1).build())
        .isInstanceOf(ConfigurationException.class)
        .hasMessage(
            """
            Link us-to-eu can't be built:
              - source was not given but is required
              - sink was not given but is required
              - lanes was -1 but must be 1 to 64\
            """);
  }

  @Test
  void linkNames_areWhatIdsCanBeBuiltFrom() {
    for (String name : List.of("", "a.b", "a b", "ä", "a".repeat(65), "a/b", "a\n")) {
      assertThat(problems(kafka().link(name))).as(name).singleElement().asString().contains("link");
    }
    for (String name : List.of("a", "A-Z_0-9", "a".repeat(64))) {
      assertThat(kafka().link(name).build().status().link()).isEqualTo(name);
    }
  }

  @Test
  void whatTopicSyncCantDo_isAProblemWithTheOthers() {
    assertThat(
            problems(
                Replicator.builder()
                    .link("east-to-west")
                    .source(new PlainSource())
                    .sink(new PlainSink())
                    .progressStore(new PlainStore())
                    .topicSync(
                        TopicSync.defaults()
                            .configs(ConfigSync.defaults().interval(Duration.ZERO))
                            .onDelete(DeletedTopic.DELETE)
                            .trimming(true))))
        .hasSize(3)
        .anyMatch(problem -> problem.contains("configs=every PT0S") && problem.contains("PT24H"))
        .anyMatch(
            problem ->
                problem.startsWith("topicSync was onDelete(DELETE), but source PlainSource and"))
        .anyMatch(
            problem ->
                problem.startsWith("topicSync was trimming(true), but source PlainSource and"));
  }

  @Test
  void verifying_needsATimeForAPass_andLogsThatCanBeRead() {
    Replicator.Builder plain =
        Replicator.builder()
            .link("east-to-west")
            .source(new PlainSource())
            .sink(new PlainSink())
            .progressStore(new PlainStore());
    assertThat(problems(plain.verifying(VerifyOptions.defaults().sample(0.5))))
        .singleElement()
        .asString()
        .contains("verifying was \"all topics, a sample of 0.5\"", "continuous(Duration)");
    assertThat(problems(plain.verifying(VerifyOptions.defaults().continuous(Duration.ofDays(1)))))
        .containsExactlyInAnyOrder(
            "verifying was given, but source PlainSource can't be read back: it does not implement ReadableLogs",
            "verifying was given, but sink PlainSink can't be read back: it does not implement ReadableLogs");
  }

  @Test
  void aPatternOfConfigsThatIsNone_isRefusedAtOnce() {
    assertThatThrownBy(() -> ConfigSync.defaults().including("a", "("))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("the included pattern \"(\" is not a regular expression");
    assertThatThrownBy(() -> ConfigSync.defaults().excluding())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("no excluded pattern was given");
  }

  @Test
  void bounds_areInclusive() {
    Replicator replicator =
        kafka()
            .lanes(64)
            .maxInFlightBytes(65_536)
            .discoveryInterval(Duration.ofMillis(100))
            .closeTimeout(Duration.ZERO)
            .build();
    assertThat(replicator.status().state()).isEqualTo(LinkState.NEW);
  }

  @Test
  void kafkaSink_keepsItsProgressAndPromisesExactlyOnce_unlessLessIsAskedFor() {
    assertThat(kafka().build().status().deliveryGuarantee())
        .isEqualTo(DeliveryGuarantee.EXACTLY_ONCE);
    assertThat(
            kafka()
                .deliveryGuarantee(DeliveryGuarantee.AT_LEAST_ONCE)
                .build()
                .status()
                .deliveryGuarantee())
        .isEqualTo(DeliveryGuarantee.AT_LEAST_ONCE);
  }

  @Test
  void anySink_willDoWithAProgressStore() {
    Replicator replicator =
        Replicator.builder()
            .link("plain")
            .source(new PlainSource())
            .sink(new PlainSink())
            .progressStore(new PlainStore())
            .build();
    assertThat(replicator.status().deliveryGuarantee()).isEqualTo(DeliveryGuarantee.AT_LEAST_ONCE);
  }

  @Test
  void disabledLink_needsOnlyItsName() {
    try (Replicator replicator = Replicator.builder().link("off").enabled(false).build()) {
      replicator.start();
      assertThat(replicator.status().state()).isEqualTo(LinkState.DISABLED);
    }
    assertThat(problems(Replicator.builder().enabled(false)))
        .containsExactly("link was not given but is required");
  }

  @Test
  void partsOfKafka_listTheirOwnProblems() {
    assertThat(
            catchThrowableOfType(
                    ConfigurationException.class,
                    () ->
                        KafkaSource.from(US)
                            .property("auto.offset.reset", "earliest")
                            .property("isolation.level", "read_committed")
                            .property("max.poll.records", "-1")
                            .property("max.pol.records", "1")
                            .build())
                .problems())
        .hasSize(5)
        .anySatisfy(problem -> assertThat(problem).contains("topics"));
    assertThat(
            catchThrowableOfType(
                    ConfigurationException.class,
                    () ->
                        KafkaSink.to(EU)
                            .replicationFactor(0)
                            .property("acks", "1")
                            .property("transactional.id", "mine")
                            .property("linger.ms", "soon")
                            .build())
                .problems())
        .hasSize(4);
    assertThat(
            catchThrowableOfType(
                    ConfigurationException.class,
                    () ->
                        KafkaCluster.builder("us east")
                            .property("security.protocoll", "SSL")
                            .build())
                .problems())
        .hasSize(3);
  }

  @Test
  void setters_refuseNullAtOnce() {
    assertThatThrownBy(() -> Replicator.builder().link(null))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("link");
    assertThatThrownBy(() -> Replicator.builder().clock(null))
        .isInstanceOf(NullPointerException.class);
  }

  private static Replicator.Builder kafka() {
    return Replicator.builder()
        .link("us-to-eu")
        .source(KafkaSource.from(US).topics(TopicSelector.named("orders")).build())
        .sink(KafkaSink.to(EU).build());
  }

  private static List<String> problems(Replicator.Builder builder) {
    return catchThrowableOfType(ConfigurationException.class, builder::build).problems();
  }

  static final class PlainSource implements Source {
    @Override
    public List<SourcePartition> partitions() {
      return List.of();
    }

    @Override
    public Map<TopicPartition, Long> resolve(Map<TopicPartition, StartPosition> starts) {
      return Map.of();
    }

    @Override
    public SourceReader openReader(PluginContext context) {
      throw new AssertionError("build() must not open anything");
    }
  }

  private static final class PlainSink implements Sink {
    @Override
    public SinkWriter openWriter(PluginContext context) {
      throw new AssertionError("build() must not open anything");
    }
  }

  private static final class PlainStore implements ProgressStore {
    @Override
    public Map<SourcePartition, Progress> load() {
      throw new AssertionError("build() must not load anything");
    }

    @Override
    public CompletionStage<Void> save(Collection<Progress> changed) {
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public void close() {}
  }
}
