package dev.twinlog.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.spi.BlockingSinkWriter;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.WriteAck;
import dev.twinlog.testkit.internal.contract.KitContext;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Tests the base class of sink writers whose clients block. */
final class BlockingSinkWriterTest {
  private static final Route FIRST = route(0);
  private static final Route SECOND = route(1);

  private final List<String> written = Collections.synchronizedList(new ArrayList<>());
  private final List<String> threads = Collections.synchronizedList(new ArrayList<>());
  private volatile @Nullable Exception failure;
  private volatile @Nullable CountDownLatch block;
  private volatile boolean clientClosed;
  private final CountDownLatch blocked = new CountDownLatch(1);
  private final BlockingSinkWriter writer =
      new BlockingSinkWriter(new KitContext("link", 0)) {
        @Override
        protected WriteAck put(Route route, ReplicationBatch batch) throws Exception {
          threads.add(Thread.currentThread().getName());
          CountDownLatch wait = block;
          if (wait != null) {
            blocked.countDown();
            wait.await();
          }
          Exception fails = failure;
          if (fails != null) {
            throw fails;
          }
          written.add(route.target().partition() + ":" + batch.firstOffset());
          return WriteAck.withoutOffsets();
        }

        @Override
        protected void closeClient() {
          clientClosed = true;
        }
      };

  private static Route route(int partition) {
    return new Route(
        new TopicPartition("orders", partition), new TopicPartition("copies", partition));
  }

  private CompletableFuture<WriteAck> write(Route route, long offset) {
    ReplicationRecord record =
        ReplicationRecord.of(offset, 0, null, new byte[1], new RecordHeaders());
    return writer
        .write(route, ReplicationBatch.of(route.source(), List.of(record)))
        .toCompletableFuture();
  }

  @AfterEach
  void close() {
    writer.close();
  }

  @Test
  void writes_runInOrder_onOneThreadOfTheWriter() {
    writer.open(FIRST);
    CompletableFuture<WriteAck> first = write(FIRST, 0);
    CompletableFuture<WriteAck> other = write(SECOND, 7);
    assertThat(write(FIRST, 1)).succeedsWithin(10, TimeUnit.SECONDS);
    assertThat(List.of(first, other)).allMatch(CompletableFuture::isDone);
    assertThat(written).containsExactly("0:0", "1:7", "0:1");
    assertThat(threads)
        .hasSize(3)
        .allMatch(name -> name.equals(threads.get(0)) && name.contains("sink-0"));
  }

  @Test
  void write_doesNotBlock_whileTheClientDoes() {
    CountDownLatch wait = new CountDownLatch(1);
    block = wait;
    CompletableFuture<WriteAck> first = write(FIRST, 0);
    CompletableFuture<WriteAck> second = write(FIRST, 1);
    assertThat(first).isNotDone();
    wait.countDown();
    assertThat(second).succeedsWithin(10, TimeUnit.SECONDS);
    assertThat(written).containsExactly("0:0", "0:1");
  }

  @Test
  void aRouteThatFailed_failsUntilItIsOpenedAgain_andOtherRoutesDoNot() {
    failure = new IOException("connection reset");
    CompletableFuture<WriteAck> failed = write(FIRST, 0);
    assertThatThrownBy(failed::join)
        .hasCauseInstanceOf(RetriableException.class)
        .hasMessageContaining("copies-0")
        .hasMessageContaining("connection reset");
    failure = null;
    assertThatThrownBy(write(FIRST, 1)::join)
        .hasCauseInstanceOf(RetriableException.class)
        .hasMessageContaining("must be opened again");
    assertThat(write(SECOND, 7)).succeedsWithin(10, TimeUnit.SECONDS);
    writer.open(FIRST);
    assertThat(write(FIRST, 0)).succeedsWithin(10, TimeUnit.SECONDS);
    assertThat(written).containsExactly("1:7", "0:0");
  }

  @Test
  void aReplicationException_keepsItsType() {
    failure = new PartitionFailedException("no such column");
    assertThatThrownBy(write(FIRST, 0)::join).hasCauseInstanceOf(PartitionFailedException.class);
  }

  @Test
  void close_waitsForTheWriteInProgress_failsTheOthers_andClosesTheClient() throws Exception {
    CountDownLatch wait = new CountDownLatch(1);
    block = wait;
    CompletableFuture<WriteAck> first = write(FIRST, 0);
    CompletableFuture<WriteAck> second = write(FIRST, 1);
    assertThat(blocked.await(10, TimeUnit.SECONDS)).isTrue(); // the first one is in progress
    CompletableFuture<Void> closing = CompletableFuture.runAsync(writer::close);
    // whether the second one has failed or waits, it must not be written after close was called
    assertThat(first).isNotDone();
    CompletableFuture<WriteAck> late = refusedOnceClosed();
    wait.countDown();
    assertThat(closing).succeedsWithin(10, TimeUnit.SECONDS);
    assertThat(first).isCompleted();
    assertThatThrownBy(second::join).hasMessageContaining("closed");
    assertThatThrownBy(late::join).hasMessageContaining("closed");
    assertThat(written).containsExactly("0:0");
    assertThat(clientClosed).isTrue();
  }

  /** Writes until one is refused at once, which shows that close has begun. */
  private CompletableFuture<WriteAck> refusedOnceClosed() {
    CompletableFuture<WriteAck> late = write(SECOND, 0);
    while (!late.isCompletedExceptionally()) {
      Thread.onSpinWait();
      late = write(SECOND, 0);
    }
    return late;
  }
}
