package dev.twinlog.internal.engine.lane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.twinlog.internal.engine.lane.StageResult.Output;
import dev.twinlog.internal.engine.shared.PartitionFigures;
import dev.twinlog.spi.BatchHandling;
import dev.twinlog.spi.PartitionMapper;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.SinkWriter;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.SourcePosition;
import dev.twinlog.spi.SourceReader;
import dev.twinlog.spi.WriteAck;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Batches are released to their source in cases that need threads, such as a closed lane. */
final class LaneReturnsTest {
  private static final TopicPartition ORDERS = new TopicPartition("orders", 0);
  private static final Route ROUTE = new Route(ORDERS, ORDERS);

  private final QuietContext context = new QuietContext();
  private final Lane lane =
      new Lane(
          0, context, new Stages(Optional.empty(), PartitionMapper.identity()), Long.MAX_VALUE);
  private final List<CompletableFuture<WriteAck>> writes = new ArrayList<>();
  private int released;

  @Test
  void batchOfAPartitionThatIsNotRead_comesBackAtOnce() {
    lane.reader().batch(batch(0));
    assertThat(released).isEqualTo(1);
  }

  @Test
  void batchOfAFlowThatWasClosedMeanwhile_comesBackAtOnce() {
    CopySession session = open();
    session.close();
    lane.reader().batch(batch(0));
    assertThat(released).isEqualTo(1);
  }

  @Test
  void batchOutOfOrder_comesBackAndEndsTheFlow() {
    open();
    lane.reader().batch(batch(5));
    lane.reader().batch(batch(3));
    assertThat(released).isEqualTo(1);
    lane.writer().step(Duration.ZERO);
    writes.get(0).complete(WriteAck.withoutOffsets());
    lane.writer().step(Duration.ZERO);
    assertThat(released).isEqualTo(2);
    assertThat(context.causes)
        .singleElement()
        .satisfies(e -> assertThat(e).hasMessageContaining("delivered offset 3 of orders-0"));
  }

  @Test
  void batchOfWhichCompactionLeftNothing_comesBackAndOnlyMovesThePosition() {
    CopySession session = open();
    lane.reader().batch(batch(0));
    lane.reader().batch(batch(1, 0, () -> released++));
    assertThat(released).isEqualTo(1);
    lane.writer().step(Duration.ZERO);
    assertThat(session.writes().checkpoint().offset()).isZero();
    assertThat(writes).hasSize(1);
    writes.get(0).complete(WriteAck.withoutOffsets());
    lane.writer().step(Duration.ZERO);
    assertThat(session.writes().checkpoint().offset()).isEqualTo(2);
    assertThat(session.isClosed()).isFalse();
  }

  @Test
  void batchOfAFlowThatClosesWhileItWaitsForTheWriter_comesBack() {
    CopySession session = open();
    lane.reader().batch(batch(0));
    assertThat(released).isZero();
    session.close();
    lane.writer().step(Duration.ZERO);
    assertThat(writes).isEmpty();
    assertThat(released).isEqualTo(1);
  }

  @Test
  void batchThatWaitsForAWriterThatIsClosed_comesBack() {
    open();
    lane.reader().batch(batch(0));
    lane.writer().close();
    assertThat(released).isEqualTo(1);
  }

  @Test
  void batchThatIsHandedToAWriterThatHasClosed_comesBack() {
    CopySession session = open();
    lane.writer().close();
    lane.reader().batch(batch(0));
    assertThat(released).isEqualTo(1);
    lane.writer().hand(session, staged(batch(1)), new SourcePosition(2, OptionalInt.empty()), 1);
    assertThat(released).isEqualTo(2);
  }

  @Test
  void batchWhoseWriteIsAnsweredAfterTheWriterHasClosed_comesBackOnce() {
    open();
    lane.reader().batch(batch(0));
    lane.writer().step(Duration.ZERO);
    lane.writer().close();
    assertThat(released).isZero();
    writes.get(0).complete(WriteAck.withoutOffsets());
    writes.get(0).complete(WriteAck.withoutOffsets());
    assertThat(released).isEqualTo(1);
  }

  @Test
  void sourceThatThrowsWhenABatchComesBack_isLoggedOnceAndChangesNothing() {
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    Logger logger = (Logger) LoggerFactory.getLogger(BatchReturns.class);
    log.start();
    logger.addAppender(log);
    logger.setAdditive(false);
    try {
      CopySession session = open();
      for (int i = 0; i < 2; i++) {
        ReplicationBatch batch =
            batch(
                i,
                () -> {
                  throw new IllegalStateException("no such buffer");
                });
        assertThatCode(() -> lane.reader().batch(batch)).doesNotThrowAnyException();
        lane.writer().step(Duration.ZERO);
        writes.get(i).complete(WriteAck.withoutOffsets());
        lane.writer().step(Duration.ZERO);
      }
      assertThat(session.writes().checkpoint().offset()).isEqualTo(2);
      assertThat(log.list)
          .singleElement()
          .satisfies(event -> assertThat(event.getFormattedMessage()).contains("orders-0"));
    } finally {
      logger.setAdditive(true);
      logger.detachAppender(log);
    }
  }

  /**
   * A session from offset 0, with a reader that delivers nothing and a writer that never answers.
   */
  private CopySession open() {
    RouteTable routes = RouteTable.of(ORDERS, "orders", 1, PartitionMapper.identity());
    Progress progress =
        new Progress(
            new SourcePartition(ORDERS, Optional.empty()),
            0,
            false,
            "",
            List.of(new RouteProgress(ROUTE, 0, 0, new byte[0])));
    PartitionFigures figures =
        new PartitionFigures(ORDERS, Clock.systemUTC(), (from, to, reason) -> {});
    CopySession session = new CopySession(figures, SessionStarts.start(progress, routes));
    lane.reader().attach(new IdleReader());
    lane.writer().attach(new KeepingWriter());
    lane.open(session);
    lane.writer().step(Duration.ZERO);
    lane.reader().step(Duration.ZERO);
    return session;
  }

  private static StageResult staged(ReplicationBatch batch) {
    return new StageResult(
        List.of(new Output(ROUTE, batch)), List.of(), batch.nextOffset(), 0, null);
  }

  private ReplicationBatch batch(long offset) {
    return batch(offset, () -> released++);
  }

  private static ReplicationBatch batch(long offset, Runnable onRelease) {
    return batch(offset, 1, onRelease);
  }

  private static ReplicationBatch batch(long offset, int records, Runnable onRelease) {
    ByteBuffer header = ByteBuffer.allocate(61);
    header.putLong(0, offset).putInt(8, 49).put(16, (byte) 2).putInt(57, records);
    return ReplicationBatch.ofEncoded(ORDERS, header, BatchHandling.PASSED_THROUGH, onRelease);
  }

  private static final class IdleReader implements SourceReader {
    @Override
    public void assign(Map<TopicPartition, Long> positions) {}

    @Override
    public void release(Set<TopicPartition> partitions) {}

    @Override
    public void pause(Set<TopicPartition> partitions) {}

    @Override
    public void resume(Set<TopicPartition> partitions) {}

    @Override
    public void poll(Duration maxWait, Receiver out) {}

    @Override
    public void wakeup() {}

    @Override
    public void close() {}
  }

  /** A writer that violates its contract: it doesn't complete its open writes when it is closed. */
  private final class KeepingWriter implements SinkWriter {
    @Override
    public CompletionStage<WriteAck> write(Route route, ReplicationBatch batch) {
      CompletableFuture<WriteAck> stage = new CompletableFuture<>();
      writes.add(stage);
      return stage;
    }

    @Override
    public void close() {}
  }
}
