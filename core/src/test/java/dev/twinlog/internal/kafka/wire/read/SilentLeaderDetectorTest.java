package dev.twinlog.internal.kafka.wire.read;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.internal.kafka.cluster.ClientSettings;
import dev.twinlog.internal.kafka.cluster.KafkaErrors;
import dev.twinlog.internal.kafka.cluster.LazyAdmin;
import dev.twinlog.internal.kafka.cluster.PartitionOffsets;
import dev.twinlog.internal.kafka.wire.net.NetSettings;
import dev.twinlog.spi.GapCause;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.SourceReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Tests what a reader reports about partitions whose leader does not answer, with scripted brokers.
 */
final class SilentLeaderDetectorTest {
  private static final TopicPartition P0 = new TopicPartition(ScriptedBroker.TOPIC, 0);
  private static final TopicPartition P1 = new TopicPartition(ScriptedBroker.TOPIC, 1);

  /** 3 × 20 ms and half of 800 ms. */
  private static final Duration PATIENCE = Duration.ofMillis(460);

  private final Heard heard = new Heard();
  private ScriptedBroker broker;
  private SourceReader reader;

  @BeforeEach
  void open() throws Exception {
    broker = new ScriptedBroker(3);
    Map<String, String> properties =
        Map.of(
            "retry.backoff.ms", "10",
            "reconnect.backoff.ms", "10",
            "reconnect.backoff.max.ms", "50",
            "request.timeout.ms", "800",
            "fetch.max.wait.ms", "20");
    ClientSettings client = ClientSettings.of("us-east", broker.address(), properties, Map.of());
    reader =
        new BatchReader(
            NetSettings.of(client.connections("test")),
            ReadSettings.of(client, 1 << 20),
            new PartitionOffsets(new LazyAdmin(client), IsolationLevel.READ_COMMITTED),
            new LeaderEpochCaches(),
            new KafkaErrors("us-east"));
  }

  @AfterEach
  void close() throws Exception {
    reader.close();
    broker.close();
  }

  private void pollUntil(BooleanSupplier condition) {
    long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime() - deadline).as("%s", heard).isNegative();
      reader.poll(Duration.ofMillis(10), heard);
    }
  }

  private void pollFor(Duration time) {
    long start = System.nanoTime();
    pollUntil(() -> System.nanoTime() - start > time.toNanos());
  }

  private void hearBoth() {
    reader.assign(Map.of(P0, 4L, P1, 7L));
    broker.answer(FetchScript.in(broker, 77).records(0, 4).records(1, 7).body());
    pollUntil(() -> heard.ends.size() == 2);
  }

  @Test
  void aBrokerThatFallsSilent_isNamedWithItsAddress_once_andTheEndIsToldAgain() {
    hearBoth();
    pollUntil(() -> heard.retrying.size() == 2);
    assertThat(heard.message(P0))
        .contains("us-east")
        .contains("broker 3 at 127.0.0.1:" + broker.port())
        .contains("leads orders-0")
        .contains("does not answer")
        .containsPattern("no answer since 20\\d\\d-");
    heard.clear();
    broker.answer(FetchScript.in(broker, 77).body()); // nothing has changed
    pollUntil(() -> heard.ends.size() == 2);
    assertThat(heard.ends).containsEntry(P0, 4L).containsEntry(P1, 7L);
  }

  @Test
  void anEmptyAnswer_confirmsEveryPartition_soNothingIsToldOfThem() {
    hearBoth();
    heard.clear();
    for (int i = 0; i < 8; i++) {
      broker.answer(FetchScript.in(broker, 77).body());
      pollFor(PATIENCE.dividedBy(4));
    }
    assertThat(heard.retrying).isEmpty();
    assertThat(heard.ends).isEmpty();
  }

  @Test
  void partitionThatWasNeverReachable_isReported() {
    broker.silent = true;
    reader.assign(Map.of(P0, 0L));
    pollUntil(() -> heard.retrying.contains(P0));
    assertThat(heard.message(P0)).contains("orders-0: no broker has returned its leader");
    assertThat(heard.ends).isEmpty();
  }

  @Test
  void aBrokerThatIsGone_isToldWithTheLastFailure() throws Exception {
    hearBoth();
    broker.close();
    pollUntil(() -> heard.retrying.contains(P0));
    assertThat(heard.message(P0))
        .contains("broker 3 at 127.0.0.1:" + broker.port())
        .contains("last: ")
        .containsAnyOf("can't connect", "was closed");
  }

  @ParameterizedTest
  @EnumSource(names = {"UNKNOWN_SERVER_ERROR", "KAFKA_STORAGE_ERROR", "OFFSET_NOT_AVAILABLE"})
  void aPartitionWhoseEveryFetchFails_isToldByTheNameOfTheError_andTheOthersAreHeard(Errors error) {
    reader.assign(Map.of(P0, 4L, P1, 7L));
    while (heard.retrying.isEmpty()) {
      broker.answer(FetchScript.in(broker, 0).error(0, error.code()).records(1, 7).body());
      pollFor(Duration.ofMillis(20));
    }
    assertThat(heard.retrying).containsExactly(P0);
    assertThat(heard.message(P0)).contains("answers every fetch with " + error.name());
    assertThat(heard.ends).containsOnlyKeys(P1);
  }

  @Test
  void aPartitionThatIsServedAgain_isToldAgain() {
    reader.assign(Map.of(P0, 4L));
    while (heard.retrying.isEmpty()) {
      broker.answer(FetchScript.in(broker, 0).error(0, Errors.UNKNOWN_SERVER_ERROR.code()).body());
      pollFor(Duration.ofMillis(20));
    }
    heard.clear();
    broker.forgetAnswers();
    while (heard.ends.isEmpty()) {
      broker.answer(FetchScript.in(broker, 0).records(0, 9).body());
      pollFor(Duration.ofMillis(20));
    }
    assertThat(heard.ends).containsEntry(P0, 9L);
  }

  @Test
  void aPartitionWithoutALeader_isToldAsSuch() {
    hearBoth();
    broker.leader = -1;
    broker.answer(
        FetchScript.in(broker, 77)
            .error(0, Errors.NOT_LEADER_OR_FOLLOWER.code())
            .error(1, Errors.NOT_LEADER_OR_FOLLOWER.code())
            .body());
    pollUntil(() -> heard.retrying.size() == 2);
    assertThat(heard.message(P0)).contains("orders-0 has no leader (LEADER_NOT_AVAILABLE)");
  }

  @Test
  void aPartitionThatIsPaused_isNotMissed() {
    hearBoth();
    heard.clear();
    reader.pause(Set.of(P0, P1));
    pollFor(PATIENCE.multipliedBy(2));
    assertThat(heard.retrying).isEmpty();
    reader.resume(Set.of(P0, P1));
    pollUntil(() -> heard.retrying.size() == 2);
  }

  /** Keeps what is reported. */
  private static final class Heard implements SourceReader.Receiver {
    final List<TopicPartition> retrying = new ArrayList<>();
    final Map<TopicPartition, String> messages = new HashMap<>();
    final Map<TopicPartition, Long> ends = new HashMap<>();

    void clear() {
      retrying.clear();
      messages.clear();
      ends.clear();
    }

    String message(TopicPartition partition) {
      return messages.getOrDefault(partition, "nothing");
    }

    @Override
    public void batch(ReplicationBatch batch) {
      batch.release();
    }

    @Override
    public void position(TopicPartition partition, long next, long end) {
      ends.put(partition, end);
    }

    @Override
    public void retrying(TopicPartition partition, RetriableException cause) {
      retrying.add(partition);
      messages.put(partition, String.valueOf(cause.getMessage()));
    }

    @Override
    public void gap(TopicPartition partition, long from, long to, GapCause cause) {}

    @Override
    public void failed(TopicPartition partition, ReplicationException cause) {}

    @Override
    public String toString() {
      return "ends %s, retrying %s".formatted(ends, messages);
    }
  }
}
