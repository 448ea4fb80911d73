package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twinlog.LinkState;
import dev.twinlog.PartitionState;
import dev.twinlog.ReplicationListener;
import dev.twinlog.Replicator;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.MirrorAssertions;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import dev.twinlog.testkit.junit.ExpectedLogs;
import dev.twinlog.testkit.junit.LogCapture;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tests links whose listeners, transforms or mappers throw. */
@TwinClusters
final class UserCodeIT {

  @Test
  void listenerThatThrows_doesNotAffectTheCopy(TwinKafka twin, LogCapture logs) throws Exception {
    logs.expect("the listener threw");
    String orders = twin.topic("orders");
    twin.source().createTopic(orders, 2);
    KafkaTopics.of(twin.source()).sendNumbered(orders, 100);
    AtomicInteger told = new AtomicInteger();
    ReplicationListener listener =
        (ReplicationListener)
            Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {ReplicationListener.class},
                (proxy, method, arguments) -> {
                  told.incrementAndGet();
                  throw new IllegalStateException("not now");
                });
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), orders).onEvent(listener).build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      assertThat(replicator.status().state()).isEqualTo(LinkState.RUNNING);
    }
    MirrorAssertions.assertMirrored(twin.source(), twin.target(), orders);
    assertThat(told).hasValueGreaterThan(3);
    assertThat(logs.lines()).anyMatch(line -> line.contains("the listener threw"));
  }

  @Test
  @ExpectedLogs("-> STOPPED")
  void transformThatThrows_stopsThePartitionAtTheRecord(TwinKafka twin) throws Exception {
    String orders = twin.topic("orders");
    twin.source().createTopic(orders, 2);
    KafkaTopics source = KafkaTopics.of(twin.source());
    source.send(Copies.numbered(orders, 0, 0, 100));
    source.send(Copies.numbered(orders, 1, 200, 300));
    TopicPartition bad = new TopicPartition(orders, 0);
    AtomicBoolean broken = new AtomicBoolean(true);
    Heard heard = new Heard();
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), orders)
            .transform(
                one -> {
                  if (broken.get()
                      && new String(one.value(), StandardCharsets.UTF_8).equals("value-42")) {
                    throw new IllegalArgumentException("can't read it");
                  }
                  return Optional.of(one);
                })
            .onEvent(heard)
            .build()) {
      replicator.start();
      ReplicationException cause = heard.awaitStop(bad, 1);
      assertThat(cause)
          .isInstanceOf(PartitionFailedException.class)
          .hasMessageContainingAll("transform", bad + " offset 42", "can't read it")
          .hasCauseInstanceOf(IllegalArgumentException.class);
      assertThat(Links.partition(replicator, bad).sourcePosition()).isEqualTo(42);
      Links.awaitState(replicator, new TopicPartition(orders, 1), PartitionState.CAUGHT_UP);
      assertThat(Copies.values(twin.target(), orders, 0)).hasSize(42);
      assertThat(Copies.values(twin.target(), orders, 1)).hasSize(100);

      broken.set(false);
      replicator.resume(List.of(bad));
      Links.awaitCaughtUp(replicator);
    }
    MirrorAssertions.assertMirrored(twin.source(), twin.target(), orders);
  }

  @Test
  @Tag("long")
  void transformWithARetriableError_isRetried(TwinKafka twin) throws Exception {
    String orders = twin.topic("orders");
    twin.source().createTopic(orders, 1);
    KafkaTopics.of(twin.source()).send(Copies.numbered(orders, 0, 0, 100));
    TopicPartition partition = new TopicPartition(orders, 0);
    AtomicInteger failures = new AtomicInteger();
    Heard heard = new Heard();
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), orders)
            .transform(
                one -> {
                  if (new String(one.value(), StandardCharsets.UTF_8).equals("value-42")
                      && failures.incrementAndGet() <= 3) {
                    throw new RetriableException("the dictionary is away");
                  }
                  return Optional.of(one);
                })
            .onEvent(heard)
            .build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      assertThat(Links.partition(replicator, partition).retries()).isEqualTo(3);
    }
    assertThat(failures).hasValue(4);
    assertThat(heard.retries(partition))
        .hasSize(3)
        .allSatisfy(cause -> assertThat(cause).hasMessage("the dictionary is away"));
    assertThat(heard.stops(partition)).isEmpty();
    MirrorAssertions.assertMirrored(twin.source(), twin.target(), orders);
  }

  @Test
  void closeFromAListener_closes(TwinKafka twin) {
    String orders = twin.topic("orders");
    twin.source().createTopic(orders, 1);
    AtomicReference<Replicator> self = new AtomicReference<>();
    ReplicationListener closer =
        new ReplicationListener() {
          @Override
          public void partitionStateChanged(
              TopicPartition source, PartitionState from, PartitionState to, String reason) {
            if (to == PartitionState.CAUGHT_UP) {
              self.get().close();
            }
          }
        };
    Replicator replicator =
        Links.link(twin.source(), twin.target(), orders).onEvent(closer).build();
    self.set(replicator);
    replicator.start();
    await().atMost(Links.LIMIT).until(() -> replicator.status().state() == LinkState.STOPPED);
    replicator.close();
  }
}
