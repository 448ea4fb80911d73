package dev.twinlog.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.spi.GapCause;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.SourceReader;
import dev.twinlog.spi.StartPosition;
import dev.twinlog.testkit.internal.contract.KitContext;
import dev.twinlog.testkit.internal.contract.SampleRecords;
import dev.twinlog.testkit.internal.records.EncodedRecords;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests the in-memory source's batches, holes, truncations and faults. */
final class InMemorySourceTest implements SourceReader.Receiver {
  private static final TopicPartition ORDERS_0 = new TopicPartition("orders", 0);
  private static final TopicPartition ORDERS_1 = new TopicPartition("orders", 1);

  private final VirtualClock clock = VirtualClock.create();
  private final InMemoryCluster cluster = InMemoryCluster.create("us-east", clock);
  private final InMemorySource source =
      InMemorySource.builder(cluster).maxBatchRecords(3).maxBatchBytes(100).build();
  private final List<String> events = new ArrayList<>();
  private final List<ReplicationBatch> batches = new ArrayList<>();
  private SourceReader reader;

  @BeforeEach
  void open() {
    cluster.createTopic("orders", 2);
    reader = source.openReader(new KitContext("link", 0));
  }

  private List<String> poll() {
    events.clear();
    batches.clear();
    reader.poll(Duration.ZERO, this);
    return List.copyOf(events);
  }

  private void append(int count) {
    for (int i = 0; i < count; i++) {
      cluster.append(ORDERS_0, "k" + i, "v" + i);
    }
  }

  @Test
  void aBatch_isBoundedByRecordsAndBytes() {
    append(4);
    cluster.append(ORDERS_0, "k", "v".repeat(99));
    cluster.append(ORDERS_0, "k", "v".repeat(500));
    reader.assign(Map.of(ORDERS_0, 0L));
    assertThat(poll()).containsExactly("batch 0-0 [0,3)", "position 0-0 3 of 6");
    assertThat(poll()).containsExactly("batch 0-0 [3,4)", "position 0-0 4 of 6");
    assertThat(poll()).containsExactly("batch 0-0 [4,5)", "position 0-0 5 of 6");
    assertThat(poll()).containsExactly("batch 0-0 [5,6)", "position 0-0 6 of 6");
    assertThat(poll()).isEmpty();
  }

  @Test
  void aRecord_hasTheClocksTime_andItsKeyAndValue() {
    clock.advance(Duration.ofSeconds(5));
    assertThat(cluster.append(ORDERS_0, "key", null)).isZero();
    ReplicationRecord record = cluster.records(ORDERS_0).get(0);
    assertThat(record.timestamp()).isEqualTo(clock.millis());
    assertThat(record.key()).asString().isEqualTo("key");
    assertThat(record.value()).isNull();
  }

  @Test
  void holes_moveThePositionWithoutABatch() {
    append(1);
    cluster.skip(ORDERS_0, 4);
    reader.assign(Map.of(ORDERS_0, 0L));
    assertThat(poll()).containsExactly("batch 0-0 [0,1)", "position 0-0 5 of 5");
    cluster.skip(ORDERS_0, 2);
    assertThat(poll()).containsExactly("position 0-0 7 of 7");
    append(1);
    assertThat(poll()).containsExactly("batch 0-0 [7,8)", "position 0-0 8 of 8");
  }

  @Test
  void nothingPastTheLastStableOffset_isSeen() {
    append(1);
    cluster.holdStableOffset(ORDERS_0);
    append(2);
    reader.assign(Map.of(ORDERS_0, 0L));
    assertThat(poll()).containsExactly("batch 0-0 [0,1)", "position 0-0 1 of 1");
    assertThat(source.resolve(Map.of(ORDERS_0, StartPosition.latest()))).containsValue(1L);
    StartPosition future = StartPosition.timestamp(clock.instant().plusSeconds(1));
    assertThat(source.resolve(Map.of(ORDERS_0, future))).containsValue(1L);
    cluster.releaseStableOffset(ORDERS_0);
    assertThat(poll()).containsExactly("batch 0-0 [1,3)", "position 0-0 3 of 3");
  }

  @Test
  void aTailThatIsLost_isATruncation_evenIfTheLogHasGrownAgain() {
    append(3);
    reader.assign(Map.of(ORDERS_0, 0L));
    poll();
    cluster.truncateAfter(ORDERS_0, 1);
    append(5);
    assertThat(poll()).containsExactly("gap 0-0 3-1 TRUNCATION");
    assertThat(poll()).isEmpty();
    reader.assign(Map.of(ORDERS_0, 1L));
    assertThat(poll()).contains("batch 0-0 [1,4)");
  }

  @Test
  void aTailThatIsLostBehindThePosition_isNoGap() {
    append(6);
    reader.assign(Map.of(ORDERS_0, 0L));
    poll();
    cluster.truncateAfter(ORDERS_0, 4);
    assertThat(poll()).containsExactly("batch 0-0 [3,4)", "position 0-0 4 of 4");
  }

  @Test
  void anEncodedBatch_isDeliveredAsItIs_orCutWhereReadingBegins() {
    append(1);
    cluster.appendEncoded(ORDERS_0, EncodedRecords.encode(SampleRecords.records(50, 55)));
    append(1);
    reader.assign(Map.of(ORDERS_0, 0L));
    assertThat(poll()).containsExactly("batch 0-0 [0,1)", "position 0-0 1 of 7");
    assertThat(poll()).containsExactly("batch 0-0 [1,6)", "position 0-0 6 of 7");
    assertThat(batches.get(0).encoded()).isPresent();
    reader.assign(Map.of(ORDERS_0, 4L));
    assertThat(poll()).containsExactly("batch 0-0 [4,6)", "position 0-0 6 of 7");
    assertThat(batches.get(0).encoded()).isEmpty();
    cluster.truncateAfter(ORDERS_0, 3);
    assertThat(cluster.records(ORDERS_0)).extracting(ReplicationRecord::offset).hasSize(3);
    cluster.truncateBefore(ORDERS_0, 2);
    assertThat(cluster.startOffset(ORDERS_0)).isEqualTo(2);
    assertThat(cluster.records(ORDERS_0))
        .extracting(SampleRecords::content)
        .containsExactly(SampleRecords.content(SampleRecords.record(0, 51)));
  }

  @Test
  void aRecreatedTopic_isAGap() {
    append(3);
    List<SourcePartition> before = source.partitions();
    reader.assign(Map.of(ORDERS_0, 2L));
    cluster.recreateTopic("orders");
    assertThat(poll()).containsExactly("gap 0-0 2-0 RECREATED");
    assertThat(source.partitions()).hasSize(2).doesNotContainAnyElementsOf(before);
  }

  @Test
  void aDeletedTopic_fails_andIsNoLongerListed() {
    reader.assign(Map.of(ORDERS_0, 0L));
    cluster.deleteTopic("orders");
    assertThat(poll()).containsExactly("failed 0-0 RetriableException");
    assertThat(source.partitions()).isEmpty();
    assertThat(source.describeTopics(List.of("orders"))).isEmpty();
    assertThat(source.resolve(Map.of(ORDERS_0, StartPosition.earliest()))).isEmpty();
  }

  @Test
  void partitionsCanBeAdded() {
    cluster.addPartitions("orders", 4);
    assertThat(source.partitions()).hasSize(4);
    assertThat(source.describeTopics(List.of("orders")).get("orders").partitions()).isEqualTo(4);
  }

  @Test
  void aFault_hitsItsPartitionOnly_onceOrAlways() {
    append(1);
    cluster.append(ORDERS_1, "k", "v");
    source.failOnce(ORDERS_0, new RetriableException("once"));
    reader.assign(Map.of(ORDERS_0, 0L, ORDERS_1, 0L));
    assertThat(poll())
        .containsExactlyInAnyOrder(
            "failed 0-0 RetriableException", "batch 1-0 [0,1)", "position 1-0 1 of 1");
    reader.assign(Map.of(ORDERS_0, 0L));
    assertThat(poll()).contains("batch 0-0 [0,1)");
    source.failAlways(ORDERS_0, new PartitionFailedException("always"));
    for (int i = 0; i < 3; i++) {
      reader.assign(Map.of(ORDERS_0, 0L));
      assertThat(poll()).containsExactly("failed 0-0 PartitionFailedException");
    }
    source.heal(ORDERS_0);
    reader.assign(Map.of(ORDERS_0, 0L));
    assertThat(poll()).contains("batch 0-0 [0,1)");
  }

  @Test
  void anUnavailableCluster_answersNothing_andDeliversNothing() {
    append(1);
    reader.assign(Map.of(ORDERS_0, 0L));
    cluster.unavailable(true);
    assertThatThrownBy(source::partitions).isInstanceOf(RetriableException.class);
    assertThatThrownBy(source::clusterId).isInstanceOf(RetriableException.class);
    assertThatThrownBy(() -> source.openReader(new KitContext("link", 1)))
        .isInstanceOf(RetriableException.class);
    assertThat(poll()).isEmpty();
    cluster.unavailable(false);
    assertThat(poll()).contains("batch 0-0 [0,1)");
    assertThat(source.clusterId()).isEqualTo("us-east");
  }

  @Test
  void brokenReaders_throw_andNewOnesDoNot() {
    source.breakReaders(new IllegalStateException("broken"));
    assertThatThrownBy(this::poll).hasMessage("broken");
    reader = source.openReader(new KitContext("link", 0));
    assertThat(poll()).isEmpty();
  }

  @Test
  void limitsMustBePositive() {
    assertThatThrownBy(() -> InMemorySource.builder(cluster).maxBatchRecords(0).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("maxBatchRecords was 0");
  }

  @Override
  public void batch(ReplicationBatch batch) {
    batches.add(batch);
    events.add(
        "batch %d-0 [%d,%d)"
            .formatted(batch.partition().partition(), batch.firstOffset(), batch.nextOffset()));
  }

  @Override
  public void position(TopicPartition partition, long next, long end) {
    events.add("position %d-0 %d of %d".formatted(partition.partition(), next, end));
  }

  @Override
  public void gap(TopicPartition partition, long from, long to, GapCause cause) {
    events.add("gap %d-0 %d-%d %s".formatted(partition.partition(), from, to, cause));
  }

  @Override
  public void failed(TopicPartition partition, ReplicationException cause) {
    events.add("failed %d-0 %s".formatted(partition.partition(), cause.getClass().getSimpleName()));
  }
}
