package dev.twinlog.internal.kafka.records.transactional;

import dev.twinlog.internal.kafka.cluster.KafkaErrors;
import dev.twinlog.internal.kafka.cluster.TopicLimits;
import dev.twinlog.internal.kafka.records.common.MissingPartition;
import dev.twinlog.internal.kafka.records.transactional.Transaction.RefusedRecord;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.Route;
import java.util.Set;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.InvalidPidMappingException;
import org.apache.kafka.common.errors.OperationNotAttemptedException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.TransactionAbortableException;
import org.apache.kafka.common.errors.TransactionalIdAuthorizationException;
import org.jspecify.annotations.Nullable;

/**
 * Finds the route that caused a transaction to be aborted, so that the others need not fail with
 * it. Confined to the loop's thread.
 */
final class FailureIsolation {
  private final LoopContext context;
  private final String transactionalId;

  FailureIsolation(LoopContext context, String transactionalId) {
    this.context = context;
    this.transactionalId = transactionalId;
  }

  /**
   * Fails the routes that caused it, or shortens the write of which a record was refused.
   *
   * @param thrown what the producer threw, if it did
   */
  void find(Transaction transaction, @Nullable RuntimeException thrown, ProducerLifecycle life) {
    RefusedRecord refusedRecord = transaction.refusedRecord();
    if (refusedRecord != null && ofATopic(transaction, refusedRecord.cause())) {
      return;
    }
    if (refusedRecord != null
        && refusedRecord.write() != null
        && isOfARecord(refusedRecord.cause())) {
      refused(refusedRecord.write(), refusedRecord, life);
      return;
    }
    Exception cause = refusedRecord != null ? refusedRecord.cause() : thrown;
    String doing = "write a transaction of " + transactionalId;
    if (cause == null) {
      return; // a route was abandoned, which has failed already
    }
    if (cause instanceof OperationNotAttemptedException) {
      // the partition that can't be added to a transaction is being sent again
      Set<Route> unansweredRoutes = transaction.unansweredRoutes();
      unansweredRoutes.forEach(context.sessions()::suspect);
      fail(transaction, unansweredRoutes, context.errors().aborted(doing, cause));
    } else {
      fail(transaction, Set.of(), context.errors().client(doing, cause));
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
              .fail(context.errors().topic("write " + topic, "WRITE on Topic " + topic, thrown));
          found = true;
        }
      }
    }
    return found;
  }

  /** Whether the error concerns the record that it was returned for, and not the transaction. */
  private static boolean isOfARecord(Exception thrown) {
    return thrown instanceof ApiException
        && !KafkaErrors.isFenced(thrown)
        && !(thrown instanceof TopicAuthorizationException)
        && !(thrown instanceof TransactionAbortableException)
        && !(thrown instanceof TransactionalIdAuthorizationException)
        && !(thrown instanceof InvalidPidMappingException)
        && !(thrown instanceof OperationNotAttemptedException);
  }

  /** Fails these routes, or all if the set is empty. */
  private static void fail(Transaction transaction, Set<Route> which, ReplicationException cause) {
    for (TransactionalWrite write : transaction.writes()) {
      if (which.isEmpty() || which.contains(write.route().route())) {
        write.route().fail(cause);
      }
    }
  }

  private void refused(
      TransactionalWrite refusedWrite, RefusedRecord refusedRecord, ProducerLifecycle life) {
    Route route = refusedWrite.route().route();
    context.sessions().suspect(route);
    ReplicationRecord record = refusedWrite.records().get(refusedRecord.index());
    ReplicationException cause = translated(route, record, refusedRecord.cause(), life);
    if (cause instanceof PartitionFailedException) {
      refusedWrite.refuseFrom(refusedRecord.index(), cause);
    } else {
      refusedWrite.route().fail(cause);
    }
  }

  private ReplicationException translated(
      Route route, ReplicationRecord record, Exception thrown, ProducerLifecycle life) {
    String topic = route.target().topic();
    if (thrown instanceof RecordTooLargeException) {
      TopicLimits limits = context.topics().limits(topic);
      PartitionFailedException cause = context.check().tooLargeForTopic(route, record, limits);
      cause.initCause(thrown);
      return cause;
    }
    if (thrown instanceof TimeoutException) {
      int partitions = life.partitions(topic);
      if (partitions > 0 && partitions <= route.target().partition()) {
        return MissingPartition.of(route, context.errors().alias(), partitions);
      }
    }
    String doing =
        "write offset %d of %s to %s".formatted(record.offset(), route.source(), route.target());
    return context.errors().record(record.offset(), doing, "WRITE on Topic " + topic, thrown);
  }
}
