package dev.twinlog.internal.kafka.records;

import dev.twinlog.internal.kafka.cluster.Answers;
import dev.twinlog.internal.kafka.cluster.LazyAdmin;
import dev.twinlog.spi.PartitionFailedException;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.clients.admin.AbortTransactionSpec;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ClusterAuthorizationException;
import org.apache.kafka.common.errors.TransactionalIdNotFoundException;

/**
 * Transactions of this link that a log holds the beginning of, and has lost the marker of: their
 * coordinator has long ended them (KIP-664). The next marker of the same producer would end them
 * here, too, whichever it is. Blocks.
 */
final class HangingTransactions {
  private final LazyAdmin admin;

  HangingTransactions(LazyAdmin admin) {
    this.admin = admin;
  }

  /**
   * Aborts them.
   *
   * @param end only those that began before this offset
   * @param transactionalIds under which the link may have written there
   * @throws PartitionFailedException if the link may not do that
   */
  void abort(TopicPartition target, long end, Collection<String> transactionalIds) {
    try {
      List<ProducerState> producers =
          Answers.get(admin.get().describeProducers(List.of(target)).partitionResult(target))
              .activeProducers()
              .stream()
              .filter(one -> one.currentTransactionStartOffset().orElse(Long.MAX_VALUE) < end)
              .toList();
      if (producers.isEmpty()) {
        return;
      }
      Set<Long> own = producerIds(transactionalIds);
      for (ProducerState one : producers) {
        if (own.contains(one.producerId())) {
          AbortTransactionSpec spec =
              new AbortTransactionSpec(
                  target,
                  one.producerId(),
                  (short) one.producerEpoch(),
                  Math.max(0, one.coordinatorEpoch().orElse(0)));
          Answers.get(admin.get().abortTransaction(spec).all());
        }
      }
    } catch (ClusterAuthorizationException e) {
      throw new PartitionFailedException(
          ("%s has lost the end of %s in the middle of a transaction of this link, which must be aborted"
                  + " there: let this link ALTER the Cluster, or abort it with"
                  + " kafka-transactions.sh abort; then resume the partition")
              .formatted(admin.errors().alias(), target),
          e);
    } catch (RuntimeException e) {
      throw admin
          .errors()
          .topic(
              "abort a transaction that hangs in " + target, "READ on Topic " + target.topic(), e);
    }
  }

  private Set<Long> producerIds(Collection<String> transactionalIds) {
    Set<Long> found = new HashSet<>();
    var described = admin.get().describeTransactions(transactionalIds);
    for (String id : transactionalIds) {
      KafkaFuture<Long> answer = described.description(id).thenApply(one -> one.producerId());
      try {
        found.add(Answers.get(answer));
      } catch (TransactionalIdNotFoundException e) {
        // never used, or forgotten
      }
    }
    return found;
  }
}
