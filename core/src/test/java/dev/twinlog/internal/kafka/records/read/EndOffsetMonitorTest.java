package dev.twinlog.internal.kafka.records.read;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.internal.kafka.cluster.KafkaErrors;
import dev.twinlog.internal.kafka.cluster.LeaderQueries;
import dev.twinlog.spi.GapCause;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.SourceReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.Test;

/** Tests what the record path reports about partitions of which its consumer returns nothing. */
final class EndOffsetMonitorTest {
  private static final TopicPartition P0 = new TopicPartition("orders", 0);
  private static final TopicPartition P1 = new TopicPartition("orders", 1);
  private static final Duration PATIENCE = Duration.ofMillis(400);

  private final Leaders leaders = new Leaders();
  private final EndOffsetMonitor questions =
      new EndOffsetMonitor(leaders, new KafkaErrors("us-east"), PATIENCE.toNanos());
  private final Map<TopicPartition, Long> positions = new HashMap<>();
  private final Set<TopicPartition> paused = new HashSet<>();
  private final List<TopicPartition> silent = new ArrayList<>();
  private final Heard heard = new Heard();

  private void assign(TopicPartition partition, long position) {
    positions.put(partition, position);
    questions.assigned(partition);
  }

  private void look() {
    questions.step(positions, paused);
    questions.check(positions, paused, silent::add, heard);
  }

  private void lookUntil(BooleanSupplier condition) {
    long start = System.nanoTime();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime() - start)
          .as("%s", heard.messages)
          .isLessThan(Duration.ofSeconds(20).toNanos());
      look();
      Thread.onSpinWait();
    }
  }

  private void lookFor(Duration time) {
    long start = System.nanoTime();
    lookUntil(() -> System.nanoTime() - start > time.toNanos());
  }

  @Test
  void aLeaderThatAnswers_isHeard_thoughTheConsumerBringsNothing() {
    leaders.ends.put(P0, 7L);
    assign(P0, 7);
    lookFor(PATIENCE.multipliedBy(3));
    assertThat(heard.messages).isEmpty();
    assertThat(questions.end(P0)).isEqualTo(7);
    assertThat(questions.highWatermark(P0)).isEqualTo(7);
    assertThat(questions.isAnswering(P0)).isTrue();
  }

  @Test
  void aLeaderThatDoesNotAnswer_isNamedWithItsAddress_once_andTheOthersAreHeard() {
    leaders.ends.put(P1, 3L);
    assign(P0, 7);
    assign(P1, 3);
    lookUntil(() -> heard.messages.containsKey(P0));
    lookFor(PATIENCE);
    assertThat(heard.count).isEqualTo(1);
    assertThat(silent).containsExactly(P0);
    assertThat(heard.messages.get(P0))
        .contains("us-east: broker 2 at east-2:9092, which leads orders-0, does not answer")
        .contains("no answer since 20")
        .contains("last: TimeoutException: no answer");
    assertThat(questions.isAnswering(P0)).isFalse();
    leaders.ends.put(P0, 9L);
    lookUntil(() -> questions.isAnswering(P0));
    assertThat(questions.end(P0)).isEqualTo(9);
  }

  @Test
  void aPartitionWithoutALeader_isToldAsSuch() {
    leaders.leaders.put(P0, Node.noNode());
    assign(P0, 7);
    lookUntil(() -> heard.messages.containsKey(P0));
    assertThat(heard.messages.get(P0)).contains("orders-0 has no leader (LEADER_NOT_AVAILABLE)");
  }

  @Test
  void aLeaderWhoseFetchesBringNothing_thoughThereIsMore_isToldUntilTheyDo() {
    leaders.ends.put(P0, 9L);
    assign(P0, 7);
    lookUntil(() -> heard.messages.containsKey(P0));
    assertThat(heard.messages.get(P0))
        .contains("returns the end offset 9, but fetches at offset 7 return nothing");
    lookFor(PATIENCE);
    assertThat(questions.isAnswering(P0)).as("the end is known, and can't be reached").isFalse();
    positions.put(P0, 9L);
    questions.moved(P0);
    look();
    assertThat(questions.isAnswering(P0)).isTrue();
  }

  @Test
  void aPartitionThatMovesOrIsPaused_isNotAskedFor() {
    assign(P0, 7);
    assign(P1, 7);
    paused.add(P1);
    long start = System.nanoTime();
    while (System.nanoTime() - start < PATIENCE.multipliedBy(2).toNanos()) {
      questions.moved(P0);
      look();
    }
    assertThat(leaders.asked).isEmpty();
    assertThat(heard.messages).isEmpty();
  }

  /** Leaders that answer at once, with an end or a failure. */
  private static final class Leaders implements LeaderQueries {
    final Map<TopicPartition, Long> ends = new HashMap<>();
    final Map<TopicPartition, Node> leaders = new HashMap<>();
    final Set<TopicPartition> asked = new HashSet<>();

    @Override
    public boolean hidesOpenTransactions() {
      return true;
    }

    @Override
    public Map<TopicPartition, KafkaFuture<Long>> queryEnds(
        Collection<TopicPartition> partitions, boolean highWatermarks, int waitMs) {
      Map<TopicPartition, KafkaFuture<Long>> answers = new HashMap<>();
      for (TopicPartition partition : partitions) {
        asked.add(partition);
        answers.put(partition, KafkaFuture.completedFuture(partition).thenApply(this::end));
      }
      return answers;
    }

    private Long end(TopicPartition partition) {
      Long end = ends.get(partition);
      if (end == null) {
        throw new KafkaException("asked", new TimeoutException("no answer"));
      }
      return end;
    }

    @Override
    public KafkaFuture<TopicDescription> describe(String topic) {
      List<TopicPartitionInfo> infos = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        Node leader =
            leaders.getOrDefault(new TopicPartition(topic, i), new Node(2, "east-2", 9092));
        infos.add(new TopicPartitionInfo(i, leader, List.of(), List.of()));
      }
      return KafkaFuture.completedFuture(new TopicDescription(topic, false, infos));
    }
  }

  private static final class Heard implements SourceReader.Receiver {
    final Map<TopicPartition, String> messages = new HashMap<>();
    int count;

    @Override
    public void retrying(TopicPartition partition, RetriableException cause) {
      messages.put(partition, String.valueOf(cause.getMessage()));
      count++;
    }

    @Override
    public void batch(ReplicationBatch batch) {}

    @Override
    public void position(TopicPartition partition, long next, long end) {}

    @Override
    public void gap(TopicPartition partition, long from, long to, GapCause cause) {}

    @Override
    public void failed(TopicPartition partition, ReplicationException cause) {}
  }
}
