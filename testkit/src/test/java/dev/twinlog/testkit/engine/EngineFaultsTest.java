package dev.twinlog.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.LinkState;
import dev.twinlog.PartitionState;
import dev.twinlog.spi.DrivenSinkWriter;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteFencedException;
import dev.twinlog.spi.Sink;
import dev.twinlog.spi.SinkWriter;
import dev.twinlog.spi.WriteAck;
import dev.twinlog.testkit.InMemorySink;
import dev.twinlog.testkit.InMemorySource;
import dev.twinlog.testkit.SteppedReplicator;
import dev.twinlog.testkit.memory.InMemoryProgressStore;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** Tests what a link does when reading, writing or a cluster fails, or the source loses records. */
final class EngineFaultsTest extends EngineCase {
  @Test
  void retriesAFailedWriteWithoutLossOrDuplicate() {
    east.createTopic("orders", 2);
    produce(ORDERS_0, 5000);
    produce(ORDERS_1, 5000);
    sink.failWrite(new Route(ORDERS_0, ORDERS_0), 3, new RetriableException("try again"));
    SteppedReplicator link = link(builder());
    link.start();
    assertThat(values(west, ORDERS_1)).hasSize(5000);
    assertThat(state(link, ORDERS_0)).isEqualTo(PartitionState.RETRYING);
    link.advance(Duration.ofSeconds(2));

    assertThat(values(west, ORDERS_0)).isEqualTo(values(east, ORDERS_0));
    assertThat(state(link, ORDERS_0)).isEqualTo(PartitionState.CAUGHT_UP);
    assertThat(link.status().partitions().get(ORDERS_0).retries()).isEqualTo(1);
  }

  @Test
  void stalledWrites_showTheSinksLastError_untilOneIsAcknowledged() {
    Route route = new Route(ORDERS_0, ORDERS_0);
    east.createTopic("orders", 1);
    sink.ackMode(InMemorySink.AckMode.MANUAL);
    SteppedReplicator link = link(builder());
    link.start();
    produce(ORDERS_0, 10);
    link.advance(Duration.ofSeconds(2));
    sink.tellRetrying(route, new RetriableException("broker 1 answered NOT_ENOUGH_REPLICAS"));
    assertThat(state(link, ORDERS_0)).isNotEqualTo(PartitionState.RETRYING);
    link.advance(Duration.ofSeconds(5));
    assertStall(link, "no acknowledgement for 5 s: broker 1 answered NOT_ENOUGH_REPLICAS;");
    sink.tellRetrying(route, new RetriableException("broker 2 answered KAFKA_STORAGE_ERROR"));
    link.advance(Duration.ofSeconds(1));
    assertStall(link, "no acknowledgement for 5 s: broker 2 answered KAFKA_STORAGE_ERROR;");
    assertThat(link.status().partitions().get(ORDERS_0).retries()).isEqualTo(1);

    sink.ackAll();
    produce(ORDERS_0, 10);
    link.advance(Duration.ofSeconds(7));
    assertStall(link, "no acknowledgement for 5 s; the sink is still retrying");
    sink.ackAll();
    link.advance(Duration.ofSeconds(1));
    assertThat(state(link, ORDERS_0)).isEqualTo(PartitionState.CAUGHT_UP);
    assertThat(link.status().partitions().get(ORDERS_0).cause()).isEmpty();
  }

  private void assertStall(SteppedReplicator link, String reason) {
    assertThat(state(link, ORDERS_0)).isEqualTo(PartitionState.RETRYING);
    assertThat(link.status().partitions().get(ORDERS_0).reason()).startsWith(reason);
    assertThat(link.status().partitions().get(ORDERS_0).cause())
        .hasValueSatisfying(cause -> assertThat(cause).hasMessageStartingWith(reason));
  }

  @Test
  void badRecordStopsItsPartitionAlone() {
    east.createTopic("orders", 2);
    produce(ORDERS_0, 500);
    produce(ORDERS_1, 500);
    produce(ORDERS_0, 1000);
    SteppedReplicator link =
        link(
            builder()
                .transform(
                    record -> {
                      if (record.offset() == 500) {
                        throw new IllegalArgumentException("bad");
                      }
                      return Optional.of(record);
                    }));
    link.start();
    link.advance(Duration.ofSeconds(1));

    assertThat(state(link, ORDERS_0)).isEqualTo(PartitionState.STOPPED);
    assertThat(values(west, ORDERS_0)).hasSize(500);
    assertThat(link.status().partitions().get(ORDERS_0).cause().orElseThrow())
        .isInstanceOf(PartitionFailedException.class)
        .hasMessageContaining("orders-0")
        .hasMessageContaining("500");
    assertThat(values(west, ORDERS_1)).hasSize(500);
  }

  @Test
  void recreatedTopicStopsAndGoesOnWhenItsLossIsAccepted() {
    east.createTopic("orders", 1);
    produce(ORDERS_0, 10);
    SteppedReplicator link = link(builder());
    link.start();
    link.advance(Duration.ofSeconds(1));
    east.recreateTopic("orders");
    produce(ORDERS_0, 3);
    link.advance(Duration.ofSeconds(31));
    assertThat(state(link, ORDERS_0)).isEqualTo(PartitionState.STOPPED);
    assertThat(values(west, ORDERS_0)).hasSize(10);

    link.replicator().acceptLoss(List.of(ORDERS_0));
    link.advance(Duration.ofSeconds(1));
    assertThat(values(west, ORDERS_0)).hasSize(13);
  }

  @Test
  void retentionIsAGapWithNumbers() {
    east.createTopic("orders", 1);
    produce(ORDERS_0, 10);
    SteppedReplicator first = link(builder());
    first.start();
    first.advance(Duration.ofSeconds(1));
    first.close();
    produce(ORDERS_0, 10);
    east.truncateBefore(ORDERS_0, 15);
    SteppedReplicator link = link(builder().sink(InMemorySink.to(west)));
    link.start();
    link.advance(Duration.ofSeconds(1));
    assertThat(state(link, ORDERS_0)).isEqualTo(PartitionState.STOPPED);
    assertThat(link.status().partitions().get(ORDERS_0).cause().orElseThrow().getMessage())
        .contains("5 offsets of orders-0 [10, 15)");

    link.replicator().acceptLoss(List.of(ORDERS_0));
    link.advance(Duration.ofSeconds(1));
    assertThat(values(west, ORDERS_0)).hasSize(15);
  }

  @Test
  void unreachableSourceIsConnectingAndComesBack() {
    east.createTopic("orders", 1);
    produce(ORDERS_0, 10);
    east.unavailable(true);
    SteppedReplicator link = link(builder());
    link.start();
    link.advance(Duration.ofSeconds(60));
    assertThat(link.status().state()).isEqualTo(LinkState.CONNECTING);
    assertThat(link.status().lastError()).isPresent();
    east.unavailable(false);
    link.advance(Duration.ofSeconds(12));
    assertThat(link.status().state()).isEqualTo(LinkState.RUNNING);
    assertThat(values(west, ORDERS_0)).hasSize(10);
  }

  @Test
  void aRouteFencedByAFormerOwner_isOpenedAgain_byTheOneThatStillOwnsTheLink() {
    east.createTopic("orders", 1);
    west.createTopic("orders", 1);
    AtomicBoolean fences = new AtomicBoolean();
    InMemoryProgressStore store = InMemoryProgressStore.create();
    SteppedReplicator link =
        link(
            builder()
                .progressStore(store)
                .sink(context -> new FencedOnce(sink.writeOnly().openWriter(context), fences)));
    link.start();
    fences.set(true);
    produce(ORDERS_0, 10);
    link.advance(Duration.ofSeconds(3));
    assertThat(fences).isFalse();
    assertThat(link.status().state()).isEqualTo(LinkState.RUNNING);
    assertThat(values(west, ORDERS_0)).hasSize(10);
    assertThat(state(link, ORDERS_0)).isEqualTo(PartitionState.CAUGHT_UP);
  }

  /** A writer whose target refuses one write as another instance's. */
  private record FencedOnce(SinkWriter writer, AtomicBoolean fences) implements SinkWriter {
    @Override
    public void open(Route route) {
      writer.open(route);
    }

    @Override
    public CompletionStage<WriteAck> write(Route route, ReplicationBatch batch) {
      return fences.getAndSet(false)
          ? CompletableFuture.failedStage(new RouteFencedException(route + " has another writer"))
          : writer.write(route, batch);
    }

    @Override
    public void close() {
      writer.close();
    }
  }

  @Test
  void brokenReaderIsReplaced() {
    east.createTopic("orders", 1);
    produce(ORDERS_0, 10);
    SteppedReplicator link = link(builder());
    link.start();
    source.breakReaders(new IllegalStateException("broken"));
    produce(ORDERS_0, 10);
    link.advance(Duration.ofSeconds(3));
    assertThat(values(west, ORDERS_0)).hasSize(20);
  }

  @Test
  void topicThatIsOutOfSightForAWhileResumesNothingThatHadStopped() {
    AtomicBoolean visible = new AtomicBoolean(true);
    east.createTopic("orders", 2);
    produce(ORDERS_0, 10);
    produce(ORDERS_1, 10);
    InMemorySource flickering = InMemorySource.builder(east).topics(topic -> visible.get()).build();
    SteppedReplicator link =
        link(
            builder()
                .source(flickering)
                .transform(
                    record -> {
                      if (record.offset() == 12) {
                        throw new IllegalArgumentException("bad");
                      }
                      return Optional.of(record);
                    }));
    link.start();
    produce(ORDERS_0, 5);
    link.advance(Duration.ofSeconds(1));
    assertThat(state(link, ORDERS_0)).isEqualTo(PartitionState.STOPPED);
    assertThat(state(link, ORDERS_1)).isEqualTo(PartitionState.CAUGHT_UP);

    visible.set(false);
    link.advance(Duration.ofSeconds(31));
    assertThat(state(link, ORDERS_1)).isEqualTo(PartitionState.STOPPED);
    link.replicator().resume();
    link.advance(Duration.ofSeconds(1));
    assertThat(state(link, ORDERS_1)).isEqualTo(PartitionState.STOPPED);

    visible.set(true);
    produce(ORDERS_1, 1);
    link.advance(Duration.ofSeconds(31));
    assertThat(state(link, ORDERS_0)).isEqualTo(PartitionState.STOPPED);
    assertThat(link.status().partitions().get(ORDERS_0).cause().orElseThrow())
        .hasMessageContaining("bad");
    assertThat(state(link, ORDERS_1)).isEqualTo(PartitionState.CAUGHT_UP);
    assertThat(values(west, ORDERS_0)).hasSize(12);
    assertThat(values(west, ORDERS_1)).hasSize(11);
  }

  @Test
  void clusterThatStopsAnsweringIsAStateOfTheLink() {
    east.createTopic("orders", 1);
    produce(ORDERS_0, 10);
    SteppedReplicator link = link(builder());
    link.start();
    link.advance(Duration.ofSeconds(1));
    east.unavailable(true);
    link.advance(Duration.ofSeconds(31));
    assertThat(link.status().state()).isEqualTo(LinkState.CONNECTING);
    assertThat(link.status().reason()).contains("unavailable");
    produce(ORDERS_0, 10);
    east.unavailable(false);
    link.advance(Duration.ofSeconds(12));
    assertThat(link.status().state()).isEqualTo(LinkState.RUNNING);
    assertThat(values(west, ORDERS_0)).hasSize(20);
  }

  @Test
  void targetThatAnswersNothingBoundsWhatIsRead() {
    east.createTopic("orders", 50);
    for (int i = 0; i < 50; i++) {
      TopicPartition partition = new TopicPartition("orders", i);
      for (int n = 0; n < 20; n++) {
        east.append(partition, "k", "x".repeat(5_000));
      }
    }
    InMemorySource small = InMemorySource.builder(east).maxBatchRecords(1).build();
    sink.ackMode(InMemorySink.AckMode.MANUAL);
    SteppedReplicator link = link(builder().source(small).maxInFlightBytes(64 << 10));
    link.start();
    link.advance(Duration.ofSeconds(1));
    // 64 KiB are 13 records; one poll delivers a batch of each partition before it can be paused
    assertThat(sink.pendingWrites()).isBetween(10, 70);
    sink.ackMode(InMemorySink.AckMode.AT_ONCE);
    sink.ackAll();
    link.advance(Duration.ofSeconds(2));
    assertThat(link.status().lagRecords()).isZero();
  }

  @Test
  void brokenWriterIsReplaced() {
    east.createTopic("orders", 2);
    produce(ORDERS_0, 10);
    AtomicBoolean breaks = new AtomicBoolean();
    Sink driven = InMemorySink.drivenTo(west).writeOnly();
    Sink fragile =
        context -> new FragileWriter((DrivenSinkWriter) driven.openWriter(context), breaks);
    west.createTopic("orders", 2);
    SteppedReplicator link =
        link(builder().sink(fragile).progressStore(InMemoryProgressStore.create()));
    link.start();
    link.advance(Duration.ofSeconds(1));
    breaks.set(true);
    link.settle();
    produce(ORDERS_0, 10);
    produce(ORDERS_1, 10);
    link.advance(Duration.ofSeconds(3));

    assertThat(breaks).isFalse();
    assertThat(values(west, ORDERS_0)).hasSize(20);
    assertThat(values(west, ORDERS_1)).hasSize(10);
    assertThat(link.status().lastError().orElseThrow()).hasMessageContaining("writer failed");
  }

  /** A writer whose next poll throws, once, when {@code breaks} is set. */
  private record FragileWriter(DrivenSinkWriter writer, AtomicBoolean breaks)
      implements DrivenSinkWriter {
    @Override
    public void open(Route route) {
      writer.open(route);
    }

    @Override
    public CompletionStage<WriteAck> write(Route route, ReplicationBatch batch) {
      return writer.write(route, batch);
    }

    @Override
    public void poll(Duration maxWait) {
      if (breaks.getAndSet(false)) {
        throw new IllegalStateException("broken");
      }
      writer.poll(maxWait);
    }

    @Override
    public void wakeup() {
      writer.wakeup();
    }

    @Override
    public void close() {
      writer.close();
    }
  }
}
