package dev.twinlog.internal.kafka.records;

import dev.twinlog.internal.kafka.cluster.KafkaErrors;
import dev.twinlog.internal.kafka.cluster.TopicLimits;
import dev.twinlog.internal.kafka.records.Transaction.Trouble;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import java.util.Set;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.InvalidPidMappingException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.TransactionAbortableException;
import org.apache.kafka.common.errors.TransactionalIdAuthorizationException;
import org.jspecify.annotations.Nullable;

/**
 * Finds the route for whose sake a transaction was rolled back, so that the others need not fail
 * with it. Confined to the loop's thread.
 */
final class FailureIsolation {
  private final LoopParts parts;
  private final String transactionalId;

  FailureIsolation(LoopParts parts, String transactionalId) {
    this.parts = parts;
    this.transactionalId = transactionalId;
  }

  /**
   * Fails the routes at fault, or shortens the write of the one of which a record was refused.
   *
   * @param thrown what the producer threw, if it did
   */
  void find(Transaction transaction, @Nullable RuntimeException thrown, ProducerLifecycle life) {
    Trouble trouble = transaction.trouble();
    if (trouble != null && ofATopic(transaction, trouble.cause())) {
      return;
    }
    if (trouble != null && trouble.write() != null && isOfARecord(trouble.cause())) {
      refused(trouble.write(), trouble, life);
      return;
    }
    Exception cause = trouble != null ? trouble.cause() : thrown;
    Set<Route> laggards = transaction.laggards();
    if (cause == null && transaction.isGivenUp()) {
      return; // that route has failed already
    }
    if (cause == null && !laggards.isEmpty()) {
      laggards.forEach(parts.sessions()::suspect);
      fail(transaction, laggards, unanswered());
    } else {
      fail(
          transaction,
          Set.of(),
          cause == null
              ? unanswered()
              : parts.errors().client("write a transaction of " + transactionalId, cause));
    }
  }

  /** A topic that may not be written fails every record of the transaction that is not sent yet. */
  private boolean ofATopic(Transaction transaction, Exception thrown) {
    boolean found = false;
    if (thrown instanceof TopicAuthorizationException denied) {
      for (TransactionalWrite write : transaction.writes()) {
        String topic = write.route().route().target().topic();
        if (denied.unauthorizedTopics().contains(topic)) {
          write
              .route()
              .fail(parts.errors().topic("write " + topic, "WRITE on Topic " + topic, thrown));
          found = true;
        }
      }
    }
    return found;
  }

  /** Whether it says something of the record that it was told of, and not of the transaction. */
  private static boolean isOfARecord(Exception thrown) {
    return thrown instanceof ApiException
        && !KafkaErrors.isFenced(thrown)
        && !(thrown instanceof TopicAuthorizationException)
        && !(thrown instanceof TransactionAbortableException)
        && !(thrown instanceof TransactionalIdAuthorizationException)
        && !(thrown instanceof InvalidPidMappingException);
  }

  private RetriableException unanswered() {
    return new RetriableException(
        "%s gave no answer to records of %s".formatted(parts.errors().alias(), transactionalId));
  }

  /** Fails these routes; all if there are none. */
  private static void fail(Transaction transaction, Set<Route> which, ReplicationException cause) {
    for (TransactionalWrite write : transaction.writes()) {
      if (which.isEmpty() || which.contains(write.route().route())) {
        write.route().fail(cause);
      }
    }
  }

  private void refused(TransactionalWrite culprit, Trouble trouble, ProducerLifecycle life) {
    Route route = culprit.route().route();
    parts.sessions().suspect(route);
    ReplicationRecord record = culprit.records().get(trouble.index());
    ReplicationException cause = translated(route, record, trouble.cause(), life);
    if (cause instanceof PartitionFailedException) {
      culprit.refuseFrom(trouble.index(), cause);
    } else {
      culprit.route().fail(cause);
    }
  }

  private ReplicationException translated(
      Route route, ReplicationRecord record, Exception thrown, ProducerLifecycle life) {
    String topic = route.target().topic();
    if (thrown instanceof RecordTooLargeException) {
      TopicLimits limits = parts.topics().limits(topic);
      PartitionFailedException cause = parts.check().tooLargeForTopic(route, record, limits);
      cause.initCause(thrown);
      return cause;
    }
    if (thrown instanceof TimeoutException) {
      int partitions = life.partitions(topic);
      if (partitions > 0 && partitions <= route.target().partition()) {
        return SendRetry.tooFew(route, parts.errors().alias(), partitions);
      }
    }
    String doing =
        "write offset %d of %s to %s".formatted(record.offset(), route.source(), route.target());
    return parts.errors().topic(doing, "WRITE on Topic " + topic, thrown);
  }
}
