package dev.twinlog.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.twinlog.LinkState;
import dev.twinlog.Replicator;
import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.Sink;
import dev.twinlog.spi.SinkWriter;
import dev.twinlog.spi.Source;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.SourceReader;
import dev.twinlog.spi.StartPosition;
import dev.twinlog.testkit.InMemoryCluster;
import dev.twinlog.testkit.InMemorySink;
import dev.twinlog.testkit.InMemorySource;
import dev.twinlog.testkit.memory.InMemoryProgressStore;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Tests the start and close of links that run on threads of their own. */
final class LinkLifeTest {
  private static final TopicPartition ORDERS = new TopicPartition("orders", 0);

  private final InMemoryCluster east = InMemoryCluster.create("east");
  private final InMemoryCluster west = InMemoryCluster.create("west");
  private final CountDownLatch answers = new CountDownLatch(1);
  private final AtomicBoolean hangs = new AtomicBoolean();

  @AfterEach
  void answer() {
    answers.countDown();
  }

  private static Replicator.Builder link(String name, Source source, Sink sink) {
    return Replicator.builder().link(name).source(source).sink(sink);
  }

  @Test
  void oneSinkInTwoRunningLinks_isRefusedUntilTheFirstHasEnded() {
    InMemorySink sink = InMemorySink.to(west);
    Replicator first = link("first", InMemorySource.from(east), sink).build();
    first.start();
    Replicator second = link("second", InMemorySource.from(east), sink).build();
    assertThatThrownBy(second::start)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContainingAll("link second", "its sink", "in use by the running link first");
    first.close();
    second.start();
    assertThat(second.status().state()).isEqualTo(LinkState.RUNNING);
    second.close();
  }

  @Test
  void oneSourceInTwoRunningLinks_isRefused() {
    InMemorySource source = InMemorySource.from(east);
    try (Replicator first = link("first", source, InMemorySink.to(west)).build();
        Replicator second = link("second", source, InMemorySink.to(west)).build()) {
      first.start();
      assertThatThrownBy(second::start)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContainingAll("its source", "in use by the running link first");
    }
  }

  @Test
  void anErrorThatOnlyClosingCauses_isNoLastError() {
    east.createTopic("orders", 1);
    Replicator replicator = link("clean", InMemorySource.from(east), InMemorySink.to(west)).build();
    replicator.start();
    replicator.close();
    assertThat(replicator.status().lastError()).isEmpty();
  }

  @Test
  void close_keepsItsTimeout_whenEveryCallHangs() {
    Hanging parts = new Hanging();
    Replicator replicator =
        link("hanging", parts, parts)
            .progressStore(InMemoryProgressStore.create())
            .discoveryInterval(Duration.ofMillis(100))
            .closeTimeout(Duration.ofSeconds(1))
            .build();
    replicator.start();
    hangs.set(true);
    parts.awaitHanging();
    long before = System.nanoTime();
    replicator.close();
    assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(20));
  }

  @Test
  void progressIsSaved_whileTheSourceDoesNotAnswer() throws InterruptedException {
    east.createTopic("orders", 1);
    Hanging discovery = new Hanging();
    InMemorySource source = InMemorySource.from(east);
    Replicator replicator =
        link("saving", new HangingDiscovery(source, discovery), InMemorySink.to(west))
            .discoveryInterval(Duration.ofMillis(100))
            .build();
    replicator.start();
    assertThat(replicator.awaitCaughtUp(Duration.ofSeconds(30))).isTrue();
    hangs.set(true);
    discovery.awaitHanging();
    east.append(ORDERS, "key", "value");
    await()
        .untilAsserted(
            () ->
                assertThat(west.progress("saving").saved().values())
                    .extracting(Progress::sourceNext)
                    .containsExactly(1L));
    answers.countDown();
    replicator.close();
  }

  /** A source whose discovery hangs while all other calls return. */
  private record HangingDiscovery(InMemorySource source, Hanging discovery) implements Source {
    @Override
    public List<SourcePartition> partitions() {
      discovery.partitions();
      return source.partitions();
    }

    @Override
    public Map<TopicPartition, Long> resolve(Map<TopicPartition, StartPosition> starts) {
      return source.resolve(starts);
    }

    @Override
    public SourceReader openReader(PluginContext context) {
      return source.openReader(context);
    }
  }

  @Test
  void anInterruptThatComesLate_doesNotKeepTheLinkFromWaitingForItsClients() {
    Late parts = new Late();
    Replicator replicator =
        link("late", parts, InMemorySink.to(west))
            .progressStore(InMemoryProgressStore.create())
            .build();
    replicator.start();
    replicator.close();
    assertThat(parts.closed).isTrue();
  }

  /** A source that closes slowly, while the control thread is interrupted. */
  private final class Late implements Source, AutoCloseable {
    private final AtomicReference<Thread> control = new AtomicReference<>();
    private volatile boolean closed;

    @Override
    public List<SourcePartition> partitions() {
      control.compareAndSet(null, Thread.currentThread()); // discovery is on another thread
      return List.of();
    }

    @Override
    public Map<TopicPartition, Long> resolve(Map<TopicPartition, StartPosition> starts) {
      return Map.of();
    }

    @Override
    public SourceReader openReader(PluginContext context) {
      return InMemorySource.from(east).openReader(context);
    }

    @Override
    public void close() throws InterruptedException {
      control.get().interrupt();
      // longer than a wait that the interrupt ends, far shorter than the time for closing
      assertThat(answers.await(300, TimeUnit.MILLISECONDS)).isFalse();
      closed = true;
    }
  }

  private void hang() {
    boolean interrupted = false;
    while (answers.getCount() > 0) {
      try {
        answers.await();
      } catch (InterruptedException e) {
        interrupted = true; // like a call that can't be interrupted
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** A source and a sink whose calls never return once they hang. */
  private final class Hanging implements Source, Sink, AutoCloseable {
    private final CountDownLatch asked = new CountDownLatch(1);

    void awaitHanging() {
      try {
        asked.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public List<SourcePartition> partitions() {
      if (hangs.get()) {
        asked.countDown();
        hang();
      }
      return List.of();
    }

    @Override
    public Map<TopicPartition, Long> resolve(Map<TopicPartition, StartPosition> starts) {
      return Map.of();
    }

    @Override
    public SourceReader openReader(PluginContext context) {
      return InMemorySource.from(east).openReader(context);
    }

    @Override
    public SinkWriter openWriter(PluginContext context) {
      return InMemorySink.to(west).openWriter(context);
    }

    @Override
    public void close() {
      hang();
    }
  }
}
