package dev.twinlog.internal.kafka.records.transactional;

import dev.twinlog.internal.kafka.cluster.AdminResults;
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
 * Aborts hanging transactions of this link (KIP-664): a log has lost their markers, while their
 * coordinator ended them long ago. Otherwise the next marker of the same producer, even for another
 * transaction, would end them. Blocks.
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
   * @throws PartitionFailedException if the link is not allowed to
   */
  void abort(TopicPartition target, long end, Collection<String> transactionalIds) {
    try {
      List<ProducerState> producers =
          AdminResults.get(admin.get().describeProducers(List.of(target)).partitionResult(target))
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
          AdminResults.get(admin.get().abortTransaction(spec).all());
        }
      }
    } catch (ClusterAuthorizationException e) {
      throw new PartitionFailedException(
          ("%s has lost the end of %s in the middle of a transaction of this link, which must be aborted"
                  + " there: grant this link ALTER on Cluster, or abort it with"
                  + " kafka-transactions.sh abort; then resume the partition")
              .formatted(admin.errors().alias(), target),
          e);
    } catch (RuntimeException e) {
      throw admin
          .errors()
          .topic("abort a hanging transaction in " + target, "READ on Topic " + target.topic(), e);
    }
  }

  private Set<Long> producerIds(Collection<String> transactionalIds) {
    Set<Long> found = new HashSet<>();
    var described = admin.get().describeTransactions(transactionalIds);
    for (String id : transactionalIds) {
      KafkaFuture<Long> answer = described.description(id).thenApply(one -> one.producerId());
      try {
        found.add(AdminResults.get(answer));
      } catch (TransactionalIdNotFoundException e) {
        // never used, or expired
      }
    }
    return found;
  }
}
