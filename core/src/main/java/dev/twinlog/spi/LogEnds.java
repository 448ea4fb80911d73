package dev.twinlog.spi;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;

/**
 * The ability of a source to say whether its partitions are still written: without it a link can't
 * be switched over, since the last record of its source could not be known.
 *
 * <p>Threading, errors, lifecycle and blocking as {@link Source}.
 */
public interface LogEnds {

  /**
   * The ends of those of {@code partitions} that could be asked, up to which records were
   * acknowledged to their producers, also those of open transactions.
   *
   * @throws RetriableException if partitions exist, and none of them could be asked
   */
  Map<TopicPartition, Long> logEnds(Collection<TopicPartition> partitions);

  /**
   * The open transactions with records in these partitions; without those of partitions that could
   * not be asked.
   */
  List<OpenTransaction> describeTransactions(Collection<TopicPartition> partitions);

  /**
   * A transaction that is open.
   *
   * @param transactionalId that of its producer; empty if it could not be found out
   * @param since when it was begun; empty if that could not be found out
   */
  record OpenTransaction(
      TopicPartition partition,
      long producerId,
      Optional<String> transactionalId,
      Optional<Instant> since) {
    public OpenTransaction {
      Objects.requireNonNull(partition, "partition");
      Objects.requireNonNull(transactionalId, "transactionalId");
      Objects.requireNonNull(since, "since");
    }

    /** The producer and its transaction, for people. */
    public String who() {
      return "producer id %d, transactional id %s, open since %s"
          .formatted(
              producerId,
              transactionalId.orElse("unknown"),
              since.map(Instant::toString).orElse("an unknown time"));
    }

    @Override
    public String toString() {
      return "%s: %s".formatted(partition, who());
    }
  }
}
