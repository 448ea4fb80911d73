package dev.twinlog.internal.kafka.records.transactional;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import dev.twinlog.internal.kafka.cluster.KafkaErrors;
import dev.twinlog.internal.kafka.cluster.RecordCheck;
import dev.twinlog.internal.kafka.cluster.TargetTopics;
import dev.twinlog.internal.kafka.records.common.HeaderKeyCheck;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.RoundRobinPartitioner;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.OperationNotAttemptedException;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

/** Tests which routes fail with a transaction, and which are written again. */
final class FailureIsolationTest {
  private final PluginContext plugin = mock(PluginContext.class);
  private final RouteSessions sessions = new RouteSessions();
  private final MockProducer<byte[], byte[]> producer =
      new MockProducer<>(
          false, new RoundRobinPartitioner(), new ByteArraySerializer(), new ByteArraySerializer());
  private final LoopContext context =
      new LoopContext(
          plugin,
          new TargetTopics(null),
          new RecordCheck("eu-west", 1 << 20),
          new KafkaErrors("eu-west"),
          null,
          null,
          sessions,
          null,
          new HeaderKeyCheck(plugin));
  private final TransactionalRoute deleted = route("deleted");
  private final TransactionalRoute other = route("other");
  private final TransactionalRoute written = route("written");

  FailureIsolationTest() {
    when(plugin.clock()).thenReturn(Clock.systemUTC());
    producer.initTransactions();
    producer.beginTransaction();
  }

  private TransactionalRoute route(String topic) {
    TopicPartition partition = new TopicPartition(topic, 0);
    return new TransactionalRoute(
        new Route(partition, partition),
        new RouteSession(7, "lz4", false, Map.of(), new RouteTail(null, 3, 0)),
        new ProducerInstance("id", producer));
  }

  private static TransactionalWrite write(TransactionalRoute route) {
    ReplicationRecord record =
        ReplicationRecord.of(
            5, System.currentTimeMillis(), new byte[] {1}, new byte[] {2}, new RecordHeaders());
    return new TransactionalWrite(route, List.of(record), 6, 10);
  }

  /** A transaction of one record each, of which none is answered. */
  private Transaction transaction(TransactionalRoute... routes) {
    Transaction transaction = new Transaction(context, producer, "lz4");
    for (TransactionalRoute route : routes) {
      transaction.add(write(route));
    }
    return transaction;
  }

  private void isolate(Transaction transaction) {
    transaction.end();
    producer.abortTransaction();
    new FailureIsolation(context, "id")
        .find(transaction, null, new ProducerLifecycle(context, "id", "lz4"));
  }

  @Test
  void partitionThatIsNotAdded_becauseAnotherCannotBe_doesNotFail() {
    Transaction transaction = transaction(written, other, deleted);
    producer.completeNext();
    producer.errorNext(new OperationNotAttemptedException("not attempted"));
    isolate(transaction);
    assertThat(written.failure()).isNull();
    assertThat(other.failure()).isNull();
    assertThat(deleted.failure())
        .isInstanceOf(RetriableException.class)
        .hasMessageContainingAll("eu-west failed to write a transaction of id", "not attempted");
    assertThat(sessions.isSuspect(deleted.route())).isTrue();
    assertThat(sessions.isSuspect(other.route())).isFalse();
  }

  @Test
  void partitionThatIsNotAdded_whileNoneIsAnsweredElse_failsAllForNow() {
    Transaction transaction = transaction(other);
    producer.errorNext(new OperationNotAttemptedException("not attempted"));
    isolate(transaction);
    assertThat(other.failure()).isInstanceOf(RetriableException.class);
  }

  @Test
  void reasonOfThePartitionThatCannotBeAdded_isTheOneThatCounts() {
    Transaction transaction = transaction(other, deleted);
    producer.errorNext(new OperationNotAttemptedException("not attempted"));
    producer.errorNext(new InvalidRecordException("a bad record"));
    isolate(transaction);
    assertThat(other.failure()).isNull();
    assertThat(sessions.isSuspect(deleted.route())).isTrue();
    assertThat(transaction.writes().get(1).refusal())
        .isInstanceOf(PartitionFailedException.class)
        .hasMessageContaining("a bad record");
  }
}
