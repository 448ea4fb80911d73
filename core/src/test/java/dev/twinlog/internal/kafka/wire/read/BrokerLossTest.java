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
import dev.twinlog.spi.SourceReader;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests the reader on two brokers, of which one crashes or does not answer. */
final class BrokerLossTest {
  private static final TopicPartition P0 = new TopicPartition(ScriptedBroker.TOPIC, 0);

  private final SourceReader.Receiver ignoring = new IgnoringReceiver();
  private ScriptedBroker one;
  private ScriptedBroker two;
  private SourceReader reader;

  @BeforeEach
  void open() throws Exception {
    one = new ScriptedBroker(1);
    two = new ScriptedBroker(2);
    two.topicId = one.topicId;
    for (ScriptedBroker broker : List.of(one, two)) {
      broker.known = Map.of(1, one.port(), 2, two.port());
      broker.leader = 1;
    }
  }

  @AfterEach
  void close() throws Exception {
    reader.close();
    one.close();
    two.close();
  }

  private static SourceReader reader(String bootstrap) {
    Map<String, String> properties = Map.of("retry.backoff.ms", "10", "request.timeout.ms", "1000");
    ClientSettings client = ClientSettings.of("us-east", bootstrap, properties, Map.of());
    return new BatchReader(
        NetSettings.of(client.connections("test")),
        ReadSettings.of(client, 1 << 20),
        new PartitionOffsets(new LazyAdmin(client), IsolationLevel.READ_COMMITTED),
        new LeaderEpochCaches(),
        new KafkaErrors("us-east"));
  }

  private void pollUntil(BooleanSupplier condition) {
    long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime() - deadline).as("not in time").isNegative();
      reader.poll(Duration.ofMillis(20), ignoring);
    }
  }

  @Test
  void aLeaderThatCrashed_isAskedAfterUntilTheClusterHasNoticed() throws Exception {
    reader = reader(two.address());
    reader.assign(Map.of(P0, 0L));
    pollUntil(() -> one.fetcher.size() == 1);
    int before = two.metadataAsked.get();
    one.close();
    pollUntil(() -> two.metadataAsked.get() >= before + 3); // the dead one is still named
    two.known = Map.of(2, two.port());
    two.leader = 2;
    two.leaderEpoch = 6;
    pollUntil(() -> two.fetcher.size() == 1);
  }

  @Test
  void aBootstrapAddressThatSaysNothing_doesNotHideTheOthers() {
    one.silent = true;
    reader = reader(one.address() + "," + two.address());
    reader.assign(Map.of(P0, 0L));
    pollUntil(() -> two.metadataAsked.get() == 1);
  }

  @Test
  void aDeadBootstrapAddress_isNoReasonToAskAgain() throws Exception {
    ScriptedBroker gone = new ScriptedBroker(3);
    gone.close();
    reader = reader(gone.address() + "," + one.address());
    reader.assign(Map.of(P0, 0L));
    pollUntil(() -> one.fetcher.size() == 1);
    int before = one.metadataAsked.get();
    long start = System.nanoTime();
    pollUntil(() -> System.nanoTime() - start > 300_000_000);
    assertThat(one.metadataAsked).hasValue(before);
  }

  @Test
  void aBrokerWhoseAddressBelongsToAnotherCluster_isNotBelieved() {
    reader = reader(two.address());
    reader.assign(Map.of(P0, 0L));
    pollUntil(() -> one.fetcher.size() == 1);
    one.clusterId = "another";
    one.topicId = Uuid.randomUuid();
    two.leader = 2;
    two.leaderEpoch = 6;
    int asked = one.metadataAsked.get();
    one.answer(FetchScript.in(two, 0).error(0, 74).body()); // FENCED_LEADER_EPOCH: retried
    pollUntil(() -> two.fetcher.size() == 1);
    assertThat(one.metadataAsked).hasValueGreaterThan(asked);
    assertThat(one.fetcher).hasSize(1);
    assertThat(two.fetcher.get(0).topicId()).isEqualTo(two.topicId);
  }

  @Test
  void aClusterThatWasReplaced_isBelievedWhenAllBootstrapAddressesSayIt() {
    one.known = Map.of(1, one.port());
    reader = reader(one.address());
    reader.assign(Map.of(P0, 0L));
    pollUntil(() -> one.fetcher.size() == 1);
    one.clusterId = "another";
    int asked = one.metadataAsked.get();
    one.leaderEpoch = 6;
    one.answer(FetchScript.in(one, 0).error(0, 74).body());
    pollUntil(() -> one.fetcher.size() == 2);
    assertThat(one.metadataAsked).hasValueGreaterThanOrEqualTo(asked + 2);
  }

  @Test
  void manyMembersThatHaveGone_doNotKeepTheBootstrapAddressWaiting() throws Exception {
    two.silent = true;
    Map<Integer, Integer> gone = new HashMap<>();
    for (int id = 2; id < 40; id++) {
      gone.put(id, two.port());
    }
    one.known = gone;
    one.leader = 2;
    reader = reader(one.address());
    reader.assign(Map.of(P0, 0L));
    pollUntil(() -> one.metadataAsked.get() == 1);
    one.known = Map.of(1, one.port());
    one.leader = 1;
    one.dropConnections();
    pollUntil(() -> one.fetcher.size() == 1);
  }

  private static final class IgnoringReceiver implements SourceReader.Receiver {
    @Override
    public void batch(ReplicationBatch batch) {
      batch.release();
    }

    @Override
    public void position(TopicPartition partition, long next, long end) {}

    @Override
    public void gap(TopicPartition partition, long from, long to, GapCause cause) {}

    @Override
    public void failed(TopicPartition partition, ReplicationException cause) {}
  }
}
