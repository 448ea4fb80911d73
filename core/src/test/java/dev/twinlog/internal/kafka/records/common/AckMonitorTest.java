package dev.twinlog.internal.kafka.records.common;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.internal.kafka.cluster.KafkaErrors;
import dev.twinlog.internal.kafka.cluster.LeaderQueries;
import dev.twinlog.spi.Route;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.internals.KafkaFutureImpl;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Tests what the record path reports about routes that are not acknowledged. */
final class AckMonitorTest {
  private static final Route ROUTE =
      new Route(new TopicPartition("orders", 0), new TopicPartition("copies", 0));
  private static final Node LEADER = new Node(2, "west-2", 9092);
  private static final Node OTHER = new Node(1, "west-1", 9092);

  private final Leaders leaders = new Leaders();
  private final List<Runnable> timers = new ArrayList<>();
  private final List<String> told = new ArrayList<>();
  private final CompletableFuture<Void> answer = new CompletableFuture<>();

  private AckMonitor monitor(Duration patience) {
    AckMonitor monitor =
        new AckMonitor(
            leaders,
            new KafkaErrors("eu-west"),
            patience,
            (route, cause) -> told.add(route.source() + " " + cause.getMessage()),
            (nanos, work) -> timers.add(work));
    monitor.sent(ROUTE, answer);
    return monitor;
  }

  /** Runs the checks that are scheduled now. */
  private void runTimers() {
    List<Runnable> due = List.copyOf(timers);
    timers.clear();
    due.forEach(Runnable::run);
  }

  @Test
  void aLeaderThatDoesNotAnswer_isNamedWithItsAddressAndTheError() {
    monitor(Duration.ZERO);
    runTimers();
    leaders.query.completeExceptionally(new TimeoutException("no answer"));
    assertThat(told)
        .containsExactly(
            "orders-0 eu-west: broker 2 at west-2:9092, which leads copies-0, does not answer;"
                + " last: TimeoutException: no answer");
  }

  @Test
  void aLeaderWithoutItsReplicas_isNamedWithThem() {
    leaders.inSync = List.of(LEADER);
    monitor(Duration.ZERO);
    runTimers();
    leaders.query.complete(7L);
    assertThat(told)
        .singleElement()
        .asString()
        .contains("broker 2 at west-2:9092", "1 of 2 replicas are in sync", "NOT_ENOUGH_REPLICAS");
  }

  @Test
  void aLeaderThatAnswersQuestions_isNamedAllTheSame() {
    monitor(Duration.ZERO);
    runTimers();
    leaders.query.complete(7L);
    assertThat(told)
        .singleElement()
        .asString()
        .contains("broker 2 at west-2:9092", "acknowledges nothing", "2 of 2 replicas");
  }

  @Test
  void aPartitionWithoutALeader_isTold() {
    leaders.leader = null;
    monitor(Duration.ZERO);
    runTimers();
    assertThat(told)
        .containsExactly("orders-0 eu-west: copies-0 has no leader (LEADER_NOT_AVAILABLE)");
  }

  @Test
  void whatIsAcknowledgedInTime_isNotAskedAbout() {
    monitor(Duration.ofDays(1));
    runTimers();
    assertThat(leaders.queries).isZero();
    assertThat(timers).hasSize(1); // it is checked again while it is unanswered
    monitor(Duration.ZERO);
    answer.complete(null);
    runTimers();
    assertThat(leaders.queries).isZero();
    assertThat(timers).isEmpty();
  }

  @Test
  void oneQuestionPerRoute_isOpenAtATime() {
    AckMonitor monitor = monitor(Duration.ZERO);
    monitor.sent(ROUTE, new CompletableFuture<>());
    assertThat(timers).hasSize(1);
    runTimers();
    assertThat(leaders.queries).isEqualTo(1);
    assertThat(timers).isEmpty();
    leaders.query.complete(7L);
    assertThat(told).hasSize(1);
    assertThat(timers).hasSize(1); // and it is queried again as long as nothing is acknowledged
  }

  @Test
  void anAcknowledgementBeforeTheLeadersAnswer_isNotReported() {
    monitor(Duration.ZERO);
    runTimers();
    answer.complete(null);
    leaders.query.complete(7L);
    assertThat(told).isEmpty();
    assertThat(timers).isEmpty();
  }

  /** A topic of one partition whose leader answers when the test completes it. */
  private static final class Leaders implements LeaderQueries {
    private final KafkaFutureImpl<Long> query = new KafkaFutureImpl<>();
    private @Nullable Node leader = LEADER;
    private List<Node> inSync = List.of(LEADER, OTHER);
    private int queries;

    @Override
    public boolean hidesOpenTransactions() {
      return false;
    }

    @Override
    public Map<TopicPartition, KafkaFuture<Long>> queryEnds(
        Collection<TopicPartition> partitions, boolean highWatermarks, int waitMs) {
      return Map.of(partitions.iterator().next(), query);
    }

    @Override
    public KafkaFuture<TopicDescription> describe(String topic) {
      queries++;
      TopicPartitionInfo info = new TopicPartitionInfo(0, leader, List.of(LEADER, OTHER), inSync);
      return KafkaFuture.completedFuture(new TopicDescription(topic, false, List.of(info)));
    }
  }
}
