package dev.twinlog.internal.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.twinlog.Replicator;
import dev.twinlog.internal.engine.LinkEngine;
import dev.twinlog.internal.engine.agent.LinkTime;
import dev.twinlog.kafka.DataPath;
import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.spi.EncodedBatches;
import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.Source;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.SourceReader;
import dev.twinlog.spi.StartPosition;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

final class LinkPathTest {
  private static final LinkPath CONFIGURED = new LinkPath(DataPath.RECORDS, Optional.empty());
  private static final Part BATCHES = new Part(true, Optional.empty());
  private static final Part ASKED = new Part(false, Optional.empty());
  private static final Part OLD = forced("kafka-clients is too old");
  private static final Part NEW = forced("kafka-clients is too new");

  private final KafkaSource source =
      KafkaSource.from(KafkaCluster.of("us-east", "us-east-1:9092"))
          .topics(TopicSelector.named("orders"))
          .build();
  private final KafkaSink sink = KafkaSink.to(KafkaCluster.of("eu-west", "eu-west-1:9092")).build();
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private final Logger logger = (Logger) LoggerFactory.getLogger(DefaultReplicator.class);

  private static Part forced(String reason) {
    return new Part(false, Optional.of(reason));
  }

  private static LinkPath between(EncodedBatches source, EncodedBatches sink) {
    return LinkPath.between(Optional.of(source), Optional.of(sink));
  }

  private static LinkPath records(String reason) {
    return new LinkPath(DataPath.RECORDS, Optional.of(reason));
  }

  @BeforeEach
  void listen() {
    log.start();
    logger.addAppender(log);
    logger.setAdditive(false);
  }

  @AfterEach
  void stopListening() {
    logger.setAdditive(true);
    logger.detachAppender(log);
    source.close();
    sink.close();
  }

  @Test
  void batchesTravelOnlyIfBothSidesCan() {
    assertThat(between(BATCHES, BATCHES))
        .isEqualTo(new LinkPath(DataPath.BATCHES, Optional.empty()));
    assertThat(between(BATCHES, ASKED)).isEqualTo(CONFIGURED);
    assertThat(between(ASKED, BATCHES)).isEqualTo(CONFIGURED);
  }

  @Test
  void reasonIsGivenUnlessSomeoneAskedForRecords() {
    assertThat(between(BATCHES, OLD)).isEqualTo(records("kafka-clients is too old"));
    assertThat(between(OLD, BATCHES)).isEqualTo(records("kafka-clients is too old"));
    assertThat(between(OLD, ASKED)).isEqualTo(CONFIGURED);
    assertThat(between(ASKED, OLD)).isEqualTo(CONFIGURED);
  }

  @Test
  void reasonsOfBothSides_areJoined_andTheSameOneIsSaidOnce() {
    assertThat(between(OLD, OLD)).isEqualTo(records("kafka-clients is too old"));
    assertThat(between(OLD, NEW))
        .isEqualTo(records("kafka-clients is too old; kafka-clients is too new"));
  }

  @Test
  void partsWithoutTheAbility_takeTheRecordPath_andThatNeedsNoReason() {
    assertThat(LinkPath.between(Optional.empty(), Optional.of(sink))).isEqualTo(CONFIGURED);
    assertThat(LinkPath.between(Optional.of(source), Optional.empty())).isEqualTo(CONFIGURED);
    assertThat(between(source, sink).path()).isEqualTo(source.dataPath());
    assertThat(source.dataPathReason()).isEmpty();
    assertThat(sink.dataPathReason()).isEmpty();
  }

  @Test
  void linkThatIsForcedOntoTheRecordPath_warnsOnceAndSaysWhyInItsStatus() {
    Replicator replicator = replicator(true, OLD);
    assertThat(replicator.status().dataPath()).isEqualTo(DataPath.RECORDS);
    assertThat(replicator.status().dataPathReason()).hasValue("kafka-clients is too old");
    assertThat(replicator.status().toString())
        .contains("on the record path: kafka-clients is too old");
    assertThat(log.list).isEmpty();

    replicator.start();
    assertThatThrownBy(replicator::start).isInstanceOf(IllegalStateException.class);
    assertThat(log.list)
        .singleElement()
        .satisfies(
            event -> {
              assertThat(event.getLevel()).isEqualTo(Level.WARN);
              assertThat(event.getFormattedMessage())
                  .isEqualTo("Link us-to-eu runs on the record path: kafka-clients is too old");
            });
  }

  @Test
  void linkThatIsDisabled_orWasToldItsPath_warnsOfNothing() {
    replicator(false, OLD).start();
    replicator(true, ASKED).start();
    assertThat(log.list).isEmpty();
  }

  /** One whose agents are not stepped, so that it connects to nothing. */
  private Replicator replicator(boolean enabled, Part from) {
    InternalBuilder builder =
        (InternalBuilder)
            Replicator.builder().link("us-to-eu").source(from).sink(sink).enabled(enabled);
    return builder.over(
        LinkEngine.stepped(builder.settings(), LinkTime.system(Clock.systemUTC()), 7));
  }

  /** A source that reads nothing. */
  private record Part(boolean usesEncodedBatches, Optional<String> dataPathReason)
      implements Source, EncodedBatches {
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
      throw new IllegalStateException("the link is not stepped");
    }
  }
}
