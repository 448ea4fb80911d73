package dev.twinlog.internal.kafka.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.internal.kafka.cluster.ClientSettings;
import dev.twinlog.internal.kafka.cluster.LazyAdmin;
import dev.twinlog.spi.RetriableException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.InvalidTxnStateException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Tests how a new owner deals with a coordinator that doesn't know its first transaction. */
final class OwnerProducerTest {
  private final LazyAdmin admin =
      new LazyAdmin(ClientSettings.of("eu-west", "localhost:1", Map.of(), Map.of()));
  private final List<MockProducer<byte[], byte[]>> producers = new ArrayList<>();
  private int unknown;

  @AfterEach
  void close() {
    admin.close();
  }

  private OwnerProducer owner() {
    return new OwnerProducer(
        admin, "x", new StateTopic(admin, "twinlog.x.state"), Clock.systemUTC(), this::producer);
  }

  private Producer<byte[], byte[]> producer(Map<String, Object> config) {
    assertThat(config).containsEntry("transactional.id", "twinlog.x.owner");
    MockProducer<byte[], byte[]> made =
        new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer());
    if (producers.size() < unknown) {
      made.commitTransactionException = new InvalidTxnStateException("not part of a transaction");
    }
    producers.add(made);
    return made;
  }

  private static List<String> written(MockProducer<byte[], byte[]> producer) {
    return producer.history().stream().map(ProducerRecord::topic).toList();
  }

  @Test
  void aFirstTransactionThatTheCoordinatorDoesNotKnow_isWrittenOnceMore() {
    unknown = 1;

    owner().becomeOwner();

    assertThat(producers).hasSize(2);
    assertThat(producers.get(0).closed()).isTrue();
    assertThat(written(producers.get(0))).isEmpty();
    assertThat(written(producers.get(1))).containsExactly("twinlog.x.state");
  }

  @Test
  void aCoordinatorThatKnowsNeitherOfTwo_isTriedAgainByTheLink() {
    unknown = 2;

    assertThatThrownBy(() -> owner().becomeOwner())
        .isInstanceOf(RetriableException.class)
        .hasMessageContaining("eu-west failed to take the link over: not part of a transaction");
    assertThat(producers).hasSize(2).allMatch(MockProducer::closed);
  }
}
