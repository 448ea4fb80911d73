package dev.twinlog.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.mockingDetails;
import static org.mockito.Mockito.withSettings;

import dev.twinlog.FailoverReport;
import dev.twinlog.GroupState;
import dev.twinlog.GroupSync;
import dev.twinlog.LinkState;
import dev.twinlog.MoveReport;
import dev.twinlog.PartitionState;
import dev.twinlog.ReplicationListener;
import dev.twinlog.Throttle;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.metrics.internal.page.JsonWriter;
import dev.twinlog.metrics.internal.page.RecentEventLog;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import java.lang.reflect.Method;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.mockito.invocation.InvocationOnMock;

/** Tests which events are kept, and that all are passed on. */
final class RecentEventsTest {
  private static final TopicPartition ORDERS_0 = new TopicPartition("orders", 0);

  private Instant now = Instant.parse("2026-11-30T12:00:00Z");
  private final ReplicationListener next = mock(ReplicationListener.class);
  private final RecentEvents events = new RecentEvents(next, new TestClock());

  private final class TestClock extends Clock {
    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }

    @Override
    public Instant instant() {
      return now;
    }
  }

  @Test
  void everyEvent_isPassedOn_asItIs() throws Exception {
    int kept = 0;
    for (Method event : ReplicationListener.class.getMethods()) {
      Object[] arguments =
          Arrays.stream(event.getParameterTypes()).map(RecentEventsTest::any).toArray();
      event.invoke(events, arguments);
      assertThat(mockingDetails(next).getInvocations())
          .as("%s", event)
          .anyMatch(
              passed ->
                  passed.getMethod().equals(event)
                      && Arrays.equals(passed.getArguments(), arguments));
      kept += event.getName().equals("partitionAdded") ? 0 : 1;
    }
    assertThat(events.log().events())
        .hasSize(kept)
        .allMatch(event -> !event.text().isEmpty())
        .extracting(RecentEventLog.Event::name)
        .doesNotHaveDuplicates();
  }

  private static Object any(Class<?> type) {
    if (type == TopicPartition.class) {
      return ORDERS_0;
    } else if (type == String.class) {
      return "text";
    } else if (type == long.class) {
      return 7L;
    } else if (type == PartitionState.class) {
      return PartitionState.STOPPED;
    } else if (type == Throttle.class) {
      return Throttle.none();
    } else if (type == GroupSync.class) {
      return GroupSync.off();
    } else if (type == TopicSelector.class) {
      return TopicSelector.named("orders");
    } else if (type == LinkState.class) {
      return LinkState.RUNNING;
    } else if (type == GroupState.class) {
      return GroupState.DENIED;
    } else if (type == ReplicationException.class) {
      return new RetriableException("cause");
    } else if (type == Route.class) {
      return new Route(ORDERS_0, ORDERS_0);
    } else if (type == Instant.class) {
      return Instant.EPOCH;
    } else if (type == Duration.class) {
      return Duration.ZERO;
    } else if (type == Optional.class) {
      return Optional.empty();
    } else if (type == List.class) {
      return List.of();
    } else if (type == Map.class) {
      return Map.of("retention.ms", Optional.of("1"));
    } else if (type.isEnum()) {
      return type.getEnumConstants()[0];
    }
    // a report is sealed
    Class<?> mocked = type == MoveReport.class ? FailoverReport.class : type;
    return mock(mocked, withSettings().defaultAnswer(RecentEventsTest::answer));
  }

  /** Answers of what is only passed on. */
  private static Object answer(InvocationOnMock call) {
    Class<?> type = call.getMethod().getReturnType();
    if (type == TopicPartition.class || type == String.class) {
      return any(type);
    }
    return type == long.class ? 0L : null;
  }

  @Test
  void eventsOfManyPartitions_areKeptAsOne_forTenSeconds() {
    for (int number = 0; number < 1_000; number++) {
      TopicPartition partition = new TopicPartition("orders", number);
      events.partitionStateChanged(
          partition, PartitionState.COPYING, PartitionState.RETRYING, "broker 2 is away");
      events.retrying(partition, new RetriableException("broker 2 is away"), Duration.ZERO);
    }
    assertThat(events.log().events())
        .extracting(RecentEventLog.Event::name, RecentEventLog.Event::more)
        .containsExactly(tuple("retrying", 999), tuple("partitionStateChanged", 999));
    now = now.plusSeconds(10);
    events.retrying(ORDERS_0, new RetriableException("again"), Duration.ZERO);
    assertThat(events.log().events()).hasSize(3);
    assertThat(events.log().events().get(0).text()).isEqualTo("orders-0: again");
  }

  @Test
  void whatEveryPartitionDoes_isNotKept() {
    events.partitionAdded(ORDERS_0);
    events.partitionStateChanged(
        ORDERS_0, PartitionState.OPENING, PartitionState.COPYING, "opened");
    events.partitionStateChanged(
        ORDERS_0, PartitionState.COPYING, PartitionState.CAUGHT_UP, "caught up");
    assertThat(events.log().events()).isEmpty();
  }

  @Test
  void number_andLength_areBounded() {
    for (int i = 0; i < 1_000; i++) {
      events.noted("topic-" + i, "x".repeat(10_000));
    }
    assertThat(events.log().events())
        .hasSize(RecentEventLog.MOST_EVENTS)
        .allMatch(event -> event.text().length() <= JsonWriter.LONGEST_TEXT + 1);
    assertThat(events.log().events().get(0).text()).startsWith("topic-999: x");
  }
}
