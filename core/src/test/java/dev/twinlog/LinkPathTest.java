package dev.twinlog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.twinlog.internal.engine.InternalBuilder;
import dev.twinlog.internal.engine.LinkEngine;
import dev.twinlog.internal.engine.LinkTime;
import dev.twinlog.kafka.DataPath;
import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.spi.Source;
import java.time.Clock;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

final class LinkPathTest {
  private static final LinkPath BATCHES = new LinkPath(DataPath.BATCHES, Optional.empty());
  private static final LinkPath ASKED = new LinkPath(DataPath.RECORDS, Optional.empty());
  private static final LinkPath OLD = forced("kafka-clients is too old");
  private static final LinkPath NEW = forced("kafka-clients is too new");

  private final KafkaSource source =
      KafkaSource.from(KafkaCluster.of("us-east", "us-east-1:9092"))
          .topics(TopicSelector.named("orders"))
          .build();
  private final KafkaSink sink = KafkaSink.to(KafkaCluster.of("eu-west", "eu-west-1:9092")).build();
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private final Logger logger = (Logger) LoggerFactory.getLogger(DefaultReplicator.class);

  private static LinkPath forced(String reason) {
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
    assertThat(LinkPath.between(BATCHES, BATCHES)).isEqualTo(BATCHES);
    assertThat(LinkPath.between(BATCHES, ASKED)).isEqualTo(ASKED);
    assertThat(LinkPath.between(ASKED, BATCHES)).isEqualTo(ASKED);
  }

  @Test
  void reasonIsGivenUnlessSomeoneAskedForRecords() {
    assertThat(LinkPath.between(BATCHES, OLD)).isEqualTo(OLD);
    assertThat(LinkPath.between(OLD, BATCHES)).isEqualTo(OLD);
    assertThat(LinkPath.between(OLD, ASKED)).isEqualTo(ASKED);
    assertThat(LinkPath.between(ASKED, OLD)).isEqualTo(ASKED);
  }

  @Test
  void reasonsOfBothSides_areJoined_andTheSameOneIsSaidOnce() {
    assertThat(LinkPath.between(OLD, OLD)).isEqualTo(OLD);
    assertThat(LinkPath.between(OLD, NEW))
        .isEqualTo(forced("kafka-clients is too old; kafka-clients is too new"));
  }

  @Test
  void partsThatAreNotKafkas_takeTheRecordPath_andThatNeedsNoReason() {
    Source other = new ReplicatorBuilderTest.PlainSource();
    assertThat(LinkPath.between(other, sink)).isEqualTo(ASKED);
    assertThat(LinkPath.between(source, sink).path()).isEqualTo(source.dataPath());
    assertThat(source.dataPathReason()).isEmpty();
    assertThat(sink.dataPathReason()).isEmpty();
  }

  @Test
  void linkThatIsForcedOntoTheRecordPath_warnsOnceAndSaysWhyInItsStatus() {
    DefaultReplicator replicator = new DefaultReplicator(engine(true), OLD);
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
    new DefaultReplicator(engine(false), OLD).start();
    new DefaultReplicator(engine(true), ASKED).start();
    assertThat(log.list).isEmpty();
  }

  /** One whose agents are not stepped, so that it connects to nothing. */
  private LinkEngine engine(boolean enabled) {
    Replicator.Builder builder =
        Replicator.builder().link("us-to-eu").source(source).sink(sink).enabled(enabled);
    return LinkEngine.stepped(
        ((InternalBuilder) builder).settings(), LinkTime.system(Clock.systemUTC()), 7);
  }
}
