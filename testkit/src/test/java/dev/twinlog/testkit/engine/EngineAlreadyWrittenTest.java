package dev.twinlog.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.DeliveryGuarantee;
import dev.twinlog.LinkState;
import dev.twinlog.PartitionState;
import dev.twinlog.PartitionStatus;
import dev.twinlog.ReplicationListener;
import dev.twinlog.Replicator;
import dev.twinlog.spi.GapCause;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.PartitionMapper;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.TopicDescription;
import dev.twinlog.testkit.InMemoryCluster;
import dev.twinlog.testkit.InMemorySink;
import dev.twinlog.testkit.InMemorySource;
import dev.twinlog.testkit.SteppedReplicator;
import dev.twinlog.testkit.VirtualClock;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Tests records that a crashed run left in a target that keeps no source offsets: they are dropped
 * when they are read again if the fingerprints of the last ones match, otherwise the partition
 * stops.
 */
final class EngineAlreadyWrittenTest {
  private static final TopicPartition ORDERS_0 = new TopicPartition("orders", 0);
  private static final TopicPartition ORDERS_1 = new TopicPartition("orders", 1);

  private final VirtualClock clock = VirtualClock.create();
  private final InMemoryCluster east = InMemoryCluster.create("east", clock);
  private final InMemoryCluster west = InMemoryCluster.create("west", clock);
  private final List<SteppedReplicator> links = new ArrayList<>();
  private final List<String> heard = new ArrayList<>();

  private Replicator.Builder builder() {
    return Replicator.builder()
        .link("east-to-west")
        .source(InMemorySource.builder(east).maxBatchRecords(7).build())
        .sink(InMemorySink.to(west).keepsNoSourceOffsets())
        .onEvent(new Ear())
        .clock(clock);
  }

  private final class Ear implements ReplicationListener {
    @Override
    public void repeating(TopicPartition source, long from, long records) {
      heard.add("%s repeats %d from %d".formatted(source, records, from));
    }

    @Override
    public void gap(TopicPartition source, long from, long to, GapCause cause) {
      heard.add("%s gap %d to %d".formatted(source, from, to));
    }
  }

  private SteppedReplicator start(Replicator.Builder builder) {
    SteppedReplicator link = SteppedReplicator.of(builder, clock, 42);
    links.add(link);
    link.start();
    link.advance(Duration.ofSeconds(1));
    return link;
  }

  /** Copies everything and crashes before any progress beyond the opening is saved. */
  private void crashAfterCopying() {
    SteppedReplicator.of(builder(), clock, 1).start();
  }

  @AfterEach
  void closeLinks() {
    links.forEach(SteppedReplicator::close);
    assertThat(links).allMatch(SteppedReplicator::isEnded);
  }

  private void produce(TopicPartition partition, int from, int to) {
    IntStream.range(from, to).forEach(i -> east.append(partition, "key-" + i, "value-" + i));
  }

  private List<String> copied(TopicPartition partition) {
    return values(west.records(partition)).toList();
  }

  private static Stream<String> values(List<ReplicationRecord> records) {
    return records.stream().map(r -> new String(r.value(), StandardCharsets.UTF_8));
  }

  private static PartitionStatus status(SteppedReplicator link, TopicPartition partition) {
    return link.status().partitions().get(partition);
  }

  @Test
  void whatIsFoundAgainIsDropped() {
    east.createTopic("orders", 1);
    produce(ORDERS_0, 0, 100);
    crashAfterCopying();
    produce(ORDERS_0, 100, 105);
    SteppedReplicator link = start(builder());
    assertThat(copied(ORDERS_0)).isEqualTo(values(east.records(ORDERS_0)).toList()).hasSize(105);
    assertThat(status(link, ORDERS_0).sourcePosition()).isEqualTo(105);
    assertThat(status(link, ORDERS_0).targetPosition()).isEqualTo(105);
    assertThat(status(link, ORDERS_0).guarantee()).isEqualTo(DeliveryGuarantee.EXACTLY_ONCE);
    assertThat(heard).isEmpty();
  }

  @Test
  void otherContentAtTheSourceStopsThePartition_beforeAnythingIsWrittenOrPassed() {
    east.createTopic("orders", 2);
    produce(ORDERS_0, 0, 100);
    produce(ORDERS_1, 0, 50);
    crashAfterCopying();
    east.truncateAfter(ORDERS_0, 60);
    produce(ORDERS_0, 500, 560);
    SteppedReplicator link = start(builder());
    assertThat(status(link, ORDERS_0).state()).isEqualTo(PartitionState.STOPPED);
    assertThat(status(link, ORDERS_0).cause().orElseThrow())
        .isInstanceOf(PartitionFailedException.class)
        .hasMessageContaining("orders-0 -> orders-0")
        .hasMessageContaining("source offset 80 is not the one that the target has at offset 80")
        .hasMessageContaining(
            "Call acceptLoss for orders-0 to write everything from source offset 0 on again");
    assertThat(status(link, ORDERS_0).sourcePosition()).as("the checkpoint").isZero();
    assertThat(copied(ORDERS_0)).hasSize(100);
    assertThat(status(link, ORDERS_1).state()).isEqualTo(PartitionState.CAUGHT_UP);
    assertThat(copied(ORDERS_1)).hasSize(50);
  }

  @Test
  void acceptingOtherContentSendsItAgain_andSaysSo() {
    east.createTopic("orders", 1);
    produce(ORDERS_0, 0, 100);
    crashAfterCopying();
    east.truncateAfter(ORDERS_0, 60);
    produce(ORDERS_0, 500, 560);
    SteppedReplicator link = start(builder());
    link.replicator().acceptLoss(List.of(ORDERS_0));
    link.advance(Duration.ofSeconds(1));
    assertThat(copied(ORDERS_0).subList(100, 220))
        .isEqualTo(values(east.records(ORDERS_0)).toList());
    assertThat(status(link, ORDERS_0).state()).isEqualTo(PartitionState.CAUGHT_UP);
    assertThat(status(link, ORDERS_0).guarantee()).isEqualTo(DeliveryGuarantee.AT_LEAST_ONCE);
    assertThat(status(link, ORDERS_0).guaranteeReason())
        .contains("100 records", "source offset 0", "twice");
    assertThat(heard).containsExactly("orders-0 repeats 100 from 0");

    link.close();
    produce(ORDERS_0, 560, 565);
    start(builder());
    assertThat(copied(ORDERS_0)).as("counts are right again").hasSize(225);
  }

  @Test
  void recordsRemovedByRetention_stopThePartition_sinceTheCountProvesNothing() {
    east.createTopic("orders", 1);
    produce(ORDERS_0, 0, 100);
    crashAfterCopying();
    produce(ORDERS_0, 100, 150);
    east.truncateBefore(ORDERS_0, 30);
    SteppedReplicator link = start(builder());
    assertThat(status(link, ORDERS_0).state()).isEqualTo(PartitionState.STOPPED);
    assertThat(status(link, ORDERS_0).cause().orElseThrow())
        .hasMessageContaining("30 offsets of orders-0 [0, 30)")
        .hasMessageContaining("the target has 100 records after the progress");
    assertThat(copied(ORDERS_0)).hasSize(100);

    link.replicator().acceptLoss(List.of(ORDERS_0));
    link.advance(Duration.ofSeconds(1));
    assertThat(copied(ORDERS_0).subList(100, 220))
        .isEqualTo(values(east.records(ORDERS_0)).toList());
    assertThat(heard).containsExactly("orders-0 gap 0 to 30", "orders-0 repeats 100 from 30");
    assertThat(status(link, ORDERS_0).guarantee()).isEqualTo(DeliveryGuarantee.AT_LEAST_ONCE);
  }

  @Test
  void targetWithSourceOffsets_needsNoRepeatsAfterRetention() {
    east.createTopic("orders", 1);
    produce(ORDERS_0, 0, 100);
    SteppedReplicator.of(builder().sink(InMemorySink.to(west)), clock, 1).start();
    produce(ORDERS_0, 100, 150);
    east.truncateBefore(ORDERS_0, 30);
    SteppedReplicator link = start(builder().sink(InMemorySink.to(west)));
    assertThat(status(link, ORDERS_0).state()).isEqualTo(PartitionState.STOPPED);
    link.replicator().acceptLoss(List.of(ORDERS_0));
    link.advance(Duration.ofSeconds(1));
    assertThat(copied(ORDERS_0)).hasSize(150).doesNotHaveDuplicates();
  }

  private void createCompacted() {
    east.createTopic(
        TopicDescription.of(
            "orders", Optional.empty(), 1, 1, Map.of("cleanup.policy", "compact,delete")));
  }

  @Test
  void compactedSource_thatStillHasEverything_isDropped() {
    createCompacted();
    produce(ORDERS_0, 0, 100);
    crashAfterCopying();
    start(builder());
    assertThat(copied(ORDERS_0)).hasSize(100);
    assertThat(heard).isEmpty();
  }

  @Test
  void compactedSource_thatHasFewerNow_isSentAgainWithoutAsking() {
    createCompacted();
    produce(ORDERS_0, 0, 100);
    crashAfterCopying();
    east.compactAway(ORDERS_0, 40);
    produce(ORDERS_0, 100, 103);
    SteppedReplicator link = start(builder());
    assertThat(copied(ORDERS_0).subList(100, 202))
        .isEqualTo(values(east.records(ORDERS_0)).toList());
    assertThat(heard).containsExactly("orders-0 repeats 100 from 0");
    assertThat(status(link, ORDERS_0).state()).isEqualTo(PartitionState.CAUGHT_UP);
    assertThat(status(link, ORDERS_0).guarantee()).isEqualTo(DeliveryGuarantee.AT_LEAST_ONCE);
  }

  @Test
  void compactedSource_thatEndsBeforeEverythingIsFound_isSentAgainToo() {
    createCompacted();
    produce(ORDERS_0, 0, 100);
    crashAfterCopying();
    east.compactAway(ORDERS_0, 40);
    start(builder());
    assertThat(copied(ORDERS_0)).hasSize(199);
    assertThat(heard).containsExactly("orders-0 repeats 100 from 0");
  }

  @Test
  void sourceThatStaysShorterThanWhatIsHeld_stopsThePartition_andSaysWhy() {
    east.createTopic("orders", 1);
    produce(ORDERS_0, 0, 100);
    crashAfterCopying();
    east.truncateAfter(ORDERS_0, 40);
    SteppedReplicator link = start(builder());
    link.advance(Duration.ofMinutes(1)); // the source may only seem to end there
    assertThat(status(link, ORDERS_0).state()).isEqualTo(PartitionState.COPYING);
    link.advance(Duration.ofMinutes(2));
    assertThat(status(link, ORDERS_0).state()).isEqualTo(PartitionState.STOPPED);
    assertThat(status(link, ORDERS_0).cause().orElseThrow())
        .hasMessageContaining("the target has more records of")
        .hasMessageContaining("than the source has up to its end at offset 40");

    link.replicator().acceptLoss(List.of(ORDERS_0));
    link.advance(Duration.ofSeconds(2));
    assertThat(status(link, ORDERS_0).state()).isEqualTo(PartitionState.CAUGHT_UP);
    assertThat(copied(ORDERS_0)).hasSize(140);
    assertThat(heard).containsExactly("orders-0 repeats 100 from 0");
  }

  @Test
  void pauseBeforeTheMatchIsProved_isNotClean_andIsMatchedLater() {
    east.createTopic("orders", 2);
    produce(ORDERS_0, 0, 100);
    crashAfterCopying();
    east.holdStableOffset(ORDERS_0);
    east.truncateAfter(ORDERS_0, 50);
    SteppedReplicator link = start(builder());
    link.replicator().pause();
    link.advance(Duration.ofSeconds(1));
    assertThat(west.progress("east-to-west").saved().values())
        .filteredOn(progress -> progress.source().partition().equals(ORDERS_0))
        .singleElement()
        .satisfies(progress -> assertThat(progress.clean()).isFalse())
        .satisfies(progress -> assertThat(progress.sourceNext()).isZero());
    link.replicator().resume();
    link.advance(Duration.ofSeconds(1));
    assertThat(link.status().state()).isEqualTo(LinkState.RUNNING);
    assertThat(copied(ORDERS_0)).hasSize(100);
  }

  @Test
  void oneSourceIntoSeveralTargets_isProvedForEachOnItsOwn() {
    east.createTopic("orders", 1);
    west.createTopic("orders", 3);
    produce(ORDERS_0, 0, 200);
    Replicator.Builder byKey = builder().partitionMapper(PartitionMapper.keyHash());
    SteppedReplicator.of(byKey, clock, 1).start();
    produce(ORDERS_0, 200, 230);
    SteppedReplicator link = start(builder().partitionMapper(PartitionMapper.keyHash()));
    List<String> all = new ArrayList<>();
    IntStream.range(0, 3).forEach(i -> all.addAll(copied(new TopicPartition("orders", i))));
    assertThat(all).hasSize(230).doesNotHaveDuplicates();
    assertThat(status(link, ORDERS_0).sourcePosition()).isEqualTo(230);
  }

  @Test
  void aRouteOfWhichNothingIsKnown_failsItsPartitionAlone_byTheTypeOfTheCause() {
    east.createTopic("orders", 2);
    produce(ORDERS_0, 0, 10);
    produce(ORDERS_1, 0, 10);
    InMemorySink sink = InMemorySink.to(west).keepsNoSourceOffsets();
    sink.failNextRecover(
        new Route(ORDERS_0, ORDERS_0), new PartitionFailedException("a hole in the sequences"));
    sink.failNextRecover(new Route(ORDERS_1, ORDERS_1), new RetriableException("no leader"));
    SteppedReplicator link = start(builder().sink(sink));
    assertThat(status(link, ORDERS_0).state()).isEqualTo(PartitionState.STOPPED);
    assertThat(status(link, ORDERS_0).reason()).isEqualTo("a hole in the sequences");
    assertThat(status(link, ORDERS_1).state()).isEqualTo(PartitionState.CAUGHT_UP);
    assertThat(status(link, ORDERS_1).retries()).isEqualTo(1);
    assertThat(copied(ORDERS_0)).isEmpty();
    assertThat(copied(ORDERS_1)).hasSize(10);
  }
}
