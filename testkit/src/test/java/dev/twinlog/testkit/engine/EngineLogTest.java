package dev.twinlog.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.twinlog.LinkState;
import dev.twinlog.PartitionState;
import dev.twinlog.Replicator;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.testkit.InMemoryCluster;
import dev.twinlog.testkit.InMemorySink;
import dev.twinlog.testkit.InMemorySource;
import dev.twinlog.testkit.SteppedReplicator;
import dev.twinlog.testkit.VirtualClock;
import java.time.Duration;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Tests which faults are logged, at which level, and how often. */
final class EngineLogTest {
  private static final TopicPartition ORDERS = new TopicPartition("orders", 0);

  private final VirtualClock clock = VirtualClock.create();
  private final InMemoryCluster east = InMemoryCluster.create("east", clock);
  private final InMemorySource source = InMemorySource.from(east);
  private final InMemorySink sink = InMemorySink.to(InMemoryCluster.create("west", clock));
  private final Logger logger = (Logger) LoggerFactory.getLogger("dev.twinlog");
  private final ListAppender<ILoggingEvent> logged = new ListAppender<>();
  private SteppedReplicator link;

  @BeforeEach
  void start() {
    logged.start();
    logger.addAppender(logged);
    east.createTopic("orders", 1);
    link =
        SteppedReplicator.of(
            Replicator.builder().link("east-to-west").source(source).sink(sink).clock(clock),
            clock,
            42);
    link.start();
    link.advance(Duration.ofSeconds(2));
  }

  @AfterEach
  void close() {
    link.close();
    logger.detachAppender(logged);
  }

  private List<ILoggingEvent> events(Level level) {
    return logged.list.stream().filter(event -> event.getLevel().equals(level)).toList();
  }

  @Test
  void aPartitionThatRetriesForMoreThan30Seconds_isOneWarning_andOneMoreTheNextTime() {
    source.silence(ORDERS, new RetriableException("broker 2 at 127.0.0.1:9092 is silent"));
    link.advance(Duration.ofSeconds(25));
    assertThat(link.status().partitions().get(ORDERS).state()).isEqualTo(PartitionState.RETRYING);
    assertThat(events(Level.WARN)).isEmpty();
    link.advance(Duration.ofMinutes(10));
    assertThat(events(Level.WARN))
        .singleElement()
        .satisfies(
            event ->
                assertThat(event.getFormattedMessage())
                    .contains("link east-to-west", "orders-0 is RETRYING for 3")
                    .contains("broker 2 at 127.0.0.1:9092 is silent"));

    source.heal(ORDERS);
    east.append(ORDERS, "key", "value");
    link.advance(Duration.ofSeconds(5));
    assertThat(link.status().partitions().get(ORDERS).state()).isEqualTo(PartitionState.CAUGHT_UP);
    source.silence(ORDERS, new RetriableException("broker 2 at 127.0.0.1:9092 is silent"));
    link.advance(Duration.ofMinutes(1));
    assertThat(events(Level.WARN)).hasSize(2);
  }

  @Test
  void aPartitionWhoseEveryWriteFails_isOneWarning_howeverOftenItIsOpenedAgain() {
    Route route = new Route(ORDERS, ORDERS);
    for (int nth = 1; nth <= 1_000; nth++) {
      sink.failWrite(route, nth, new RetriableException("no replica is in sync"));
    }
    east.append(ORDERS, "key", "value");
    link.advance(Duration.ofMinutes(10));
    assertThat(link.status().partitions().get(ORDERS).retries()).isGreaterThan(10);
    assertThat(events(Level.WARN))
        .singleElement()
        .satisfies(
            event ->
                assertThat(event.getFormattedMessage())
                    .contains("orders-0 is RETRYING", "no replica is in sync"));
  }

  @Test
  void aLinkThatFails_isOneErrorWithItsStack() {
    LinkFailedException cause = new LinkFailedException("the credentials were refused");
    source.failOnce(ORDERS, cause);
    link.advance(Duration.ofSeconds(2));
    assertThat(link.status().state()).isEqualTo(LinkState.FAILED);
    assertThat(events(Level.ERROR))
        .singleElement()
        .satisfies(
            event -> {
              assertThat(event.getFormattedMessage())
                  .contains("link east-to-west", "-> FAILED", "the credentials were refused");
              assertThat(event.getThrowableProxy()).isNotNull();
              assertThat(event.getThrowableProxy().getMessage()).isEqualTo(cause.getMessage());
              assertThat(event.getThrowableProxy().getStackTraceElementProxyArray()).isNotEmpty();
            });
    assertThat(events(Level.WARN)).isEmpty();
  }
}
