package dev.twinlog.internal.engine.lane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.internal.batch.BatchEncoder;
import dev.twinlog.internal.batch.Compression;
import dev.twinlog.internal.engine.shared.PartitionFigures;
import dev.twinlog.spi.PartitionMapper;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.RecordTransform;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.SourceReader;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongFunction;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

/** The reader agent pauses a partition of which one poll returns more than its share of memory. */
final class BackPressureTest {
  private static final TopicPartition ORDERS = new TopicPartition("orders", 0);
  private static final int AT_HAND = 20;
  private static final int BATCH_BYTES = 1_000;

  /** A budget of which one partition may use half. */
  private static final long CAPACITY = 10 * BATCH_BYTES;

  private final ManyAtHand reader = new ManyAtHand();

  @Test
  void recordsOnTheHeap_stopWithinThePoll() {
    poll(Optional.empty(), BackPressureTest::decoded);
    assertThat(reader.delivered).isBetween(4, 5);
    assertThat(reader.isPaused).isTrue();
  }

  @Test
  void batchesThatAreTransformed_stopWithinThePoll() {
    poll(Optional.of(Optional::of), BackPressureTest::encoded);
    assertThat(reader.delivered).isBetween(4, 5);
    assertThat(reader.isPaused).isTrue();
  }

  @Test
  void bytesOfTheSource_areTakenToTheEndOfThePoll() {
    poll(Optional.empty(), BackPressureTest::encoded);
    assertThat(reader.delivered).isEqualTo(AT_HAND);
    assertThat(reader.isPaused).isTrue();
  }

  private void poll(Optional<RecordTransform> transform, LongFunction<ReplicationBatch> batches) {
    reader.batches = batches;
    Stages stages = new Stages(transform, PartitionMapper.identity());
    Lane lane = new Lane(0, new QuietContext(), stages, CAPACITY);
    Route route = new Route(ORDERS, ORDERS);
    Progress progress =
        new Progress(
            new SourcePartition(ORDERS, Optional.empty()),
            0,
            false,
            "",
            List.of(new RouteProgress(route, 0, 0, new byte[0])));
    lane.reader().attach(reader);
    lane.reader()
        .open(
            new CopySession(
                new PartitionFigures(ORDERS, Clock.systemUTC(), (from, to, reason) -> {}),
                SessionStarts.start(
                    progress, RouteTable.of(ORDERS, "orders", 1, PartitionMapper.identity()))));
    lane.reader().step(Duration.ZERO);
  }

  private static ReplicationBatch decoded(long offset) {
    return ReplicationBatch.of(ORDERS, List.of(record(offset)));
  }

  private static ReplicationBatch encoded(long offset) {
    ByteBuffer bytes =
        BatchEncoder.encode(List.of(record(offset)), Compression.NONE, 1 << 20).get(0).batch();
    return ReplicationBatch.ofEncoded(ORDERS, bytes);
  }

  private static ReplicationRecord record(long offset) {
    return ReplicationRecord.of(offset, 1, null, new byte[BATCH_BYTES], new RecordHeaders());
  }

  /** A reader that has many batches and stops delivering when its partition is paused. */
  private static final class ManyAtHand implements SourceReader {
    LongFunction<ReplicationBatch> batches = BackPressureTest::decoded;
    int delivered;
    boolean isPaused;

    @Override
    public void assign(Map<TopicPartition, Long> positions) {}

    @Override
    public void release(Set<TopicPartition> partitions) {}

    @Override
    public void pause(Set<TopicPartition> partitions) {
      isPaused = true;
    }

    @Override
    public void resume(Set<TopicPartition> partitions) {
      isPaused = false;
    }

    @Override
    public void poll(Duration maxWait, Receiver out) {
      while (!isPaused && delivered < AT_HAND) {
        out.batch(batches.apply(delivered++));
      }
    }

    @Override
    public void wakeup() {}

    @Override
    public void close() {}
  }
}
