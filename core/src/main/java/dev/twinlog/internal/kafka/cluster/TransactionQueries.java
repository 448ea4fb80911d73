package dev.twinlog.internal.kafka.cluster;

import dev.twinlog.spi.LogEnds.OpenTransaction;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.kafka.clients.admin.DescribeProducersResult;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the transactions that are open in partitions of a cluster. Thread-safe. */
public final class TransactionQueries {
  private static final Logger LOG = LoggerFactory.getLogger(TransactionQueries.class);

  private final LazyAdmin admin;

  public TransactionQueries(LazyAdmin admin) {
    this.admin = admin;
  }

  /** What is known of a producer's transaction beyond its partitions. */
  private record Known(Optional<String> id, Optional<Instant> since) {
    static final Known NOTHING = new Known(Optional.empty(), Optional.empty());
  }

  /** Returns them; partitions whose leaders don't answer are left out. Blocks. */
  public List<OpenTransaction> open(Collection<TopicPartition> partitions) {
    Map<TopicPartition, List<ProducerState>> producers = producers(partitions);
    Set<Long> ids = new HashSet<>();
    producers.values().forEach(all -> all.forEach(one -> ids.add(one.producerId())));
    Map<Long, Known> known = ids.isEmpty() ? Map.of() : known(ids);
    List<OpenTransaction> open = new ArrayList<>();
    producers.forEach(
        (partition, all) ->
            all.forEach(
                one -> {
                  Known more = known.getOrDefault(one.producerId(), Known.NOTHING);
                  open.add(
                      new OpenTransaction(partition, one.producerId(), more.id(), more.since()));
                }));
    return open;
  }

  /** As {@link #open}, only the ids of the producers. */
  public Map<TopicPartition, List<Long>> producerIds(Collection<TopicPartition> partitions) {
    Map<TopicPartition, List<Long>> ids = new HashMap<>();
    producers(partitions)
        .forEach(
            (partition, all) ->
                ids.put(partition, all.stream().map(ProducerState::producerId).toList()));
    return ids;
  }

  /** The producers with a transaction open, by partition. */
  private Map<TopicPartition, List<ProducerState>> producers(
      Collection<TopicPartition> partitions) {
    Map<TopicPartition, List<ProducerState>> open = new HashMap<>();
    DescribeProducersResult result = admin.get().describeProducers(partitions);
    for (TopicPartition partition : partitions) {
      try {
        open.put(
            partition,
            AdminResults.get(result.partitionResult(partition)).activeProducers().stream()
                .filter(producer -> producer.currentTransactionStartOffset().isPresent())
                .toList());
      } catch (RuntimeException e) {
        LOG.info(
            "can't list the producers with open transactions on {}: {}", partition, e.getMessage());
      }
    }
    return open;
  }

  /** The transactions of these producers, as far as their coordinators tell. */
  private Map<Long, Known> known(Set<Long> producers) {
    Map<Long, Known> known = new HashMap<>();
    try {
      Map<String, Long> ids = new HashMap<>();
      for (TransactionListing listing :
          AdminResults.get(
              admin
                  .get()
                  .listTransactions(new ListTransactionsOptions().filterProducerIds(producers))
                  .all())) {
        ids.put(listing.transactionalId(), listing.producerId());
      }
      var described = admin.get().describeTransactions(ids.keySet());
      ids.forEach(
          (id, producer) ->
              known.put(producer, new Known(Optional.of(id), begun(described.description(id)))));
    } catch (RuntimeException e) {
      LOG.info("can't list transactions of producers {}: {}", producers, e.getMessage());
    }
    return known;
  }

  private static Optional<Instant> begun(
      KafkaFuture<org.apache.kafka.clients.admin.TransactionDescription> description) {
    try {
      OptionalLong ms = AdminResults.get(description).transactionStartTimeMs();
      return ms.isPresent() ? Optional.of(Instant.ofEpochMilli(ms.getAsLong())) : Optional.empty();
    } catch (RuntimeException e) {
      LOG.info("can't describe a transaction: {}", e.getMessage());
      return Optional.empty();
    }
  }
}
