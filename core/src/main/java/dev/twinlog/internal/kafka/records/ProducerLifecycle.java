package dev.twinlog.internal.kafka.records;

import dev.twinlog.internal.kafka.cluster.KafkaErrors;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.InvalidTxnTimeoutException;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The incarnations of one transactional id, one after the other: makes them, ends their
 * transactions, and ends them when they leave a doubt.
 *
 * <p>Confined to the loop's thread, except {@link #kill}.
 */
final class ProducerLifecycle {
  private static final Logger log = LoggerFactory.getLogger(ProducerLifecycle.class);

  /** A former owner's open transaction is to be settled first, on every partition of it. */
  private static final long INITIALIZE_NANOS = Duration.ofSeconds(25).toNanos();

  /** A commit whose answer is lost is repeated for so long; then the next recovery finds out. */
  private static final long COMMIT_NANOS = Duration.ofSeconds(30).toNanos();

  /** Rolling back waits for batches that are being resent; a new producer needs not. */
  private static final long ABORT_NANOS = Duration.ofSeconds(2).toNanos();

  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(1);

  private final LoopParts parts;
  private final String transactionalId;
  private final String codec;
  private volatile @Nullable ProducerInstance current;

  ProducerLifecycle(LoopParts parts, String transactionalId, String codec) {
    this.parts = parts;
    this.transactionalId = transactionalId;
    this.codec = codec;
  }

  /**
   * The incarnation that is alive, or a new one: then all transactions of this id have ended, here
   * and anywhere else, and no other producer of this id can begin one.
   */
  ProducerInstance begin(BooleanSupplier stopped) {
    ProducerInstance known = current;
    if (known != null && known.death() == null) {
      return known;
    }
    try {
      try {
        return initialize(TransactionalProducers.TRANSACTION_TIMEOUT_MS, stopped);
      } catch (InvalidTxnTimeoutException e) {
        return initialize(TransactionalProducers.SHORT_TRANSACTION_TIMEOUT_MS, stopped);
      }
    } catch (RuntimeException e) {
      throw parts
          .errors()
          .link(
              "initialize transactional id " + transactionalId,
              "WRITE and DESCRIBE on TransactionalId twinlog."
                  + parts.context().link()
                  + ". (prefixed)",
              e);
    }
  }

  private ProducerInstance initialize(int timeoutMs, BooleanSupplier stopped) {
    ProducerInstance made =
        new ProducerInstance(
            transactionalId, parts.producers().create(transactionalId, codec, timeoutMs));
    current = made;
    try {
      repeat(made.producer()::initTransactions, INITIALIZE_NANOS, stopped);
      log.debug("{} is initialized", transactionalId);
      return made;
    } catch (RuntimeException e) {
      kill(new RetriableException(transactionalId + " could not be initialized", e));
      throw e;
    }
  }

  /** Commits; a lost answer is asked for again. */
  void commit(BooleanSupplier stopped) {
    repeat(producer()::commitTransaction, COMMIT_NANOS, stopped);
  }

  /** A call that timed out must be repeated before any other, and may be. */
  private static void repeat(Runnable call, long nanos, BooleanSupplier stopped) {
    long deadline = System.nanoTime() + nanos;
    while (true) {
      try {
        call.run();
        return;
      } catch (TimeoutException | InterruptException e) {
        if (System.nanoTime() - deadline > 0 || stopped.getAsBoolean()) {
          throw e;
        }
      }
    }
  }

  /**
   * Rolls back.
   *
   * @param cause why, if something was thrown
   * @return whether nothing of the transaction can ever be committed, and the incarnation lives; if
   *     not, it is dead, and its successor will settle what is open
   */
  boolean abort(@Nullable RuntimeException cause) {
    RuntimeException reason = cause;
    if (reason == null || !KafkaErrors.isFenced(KafkaErrors.unwrap(reason))) {
      try {
        repeat(producer()::abortTransaction, ABORT_NANOS, () -> false);
        return true;
      } catch (RuntimeException e) {
        if (reason == null || KafkaErrors.isFenced(KafkaErrors.unwrap(e))) {
          reason = e;
        } else {
          reason.addSuppressed(e);
        }
      }
    }
    kill(died(reason));
    return false;
  }

  private ReplicationException died(RuntimeException cause) {
    String doing = "write a transaction of " + transactionalId;
    if (KafkaErrors.isFenced(KafkaErrors.unwrap(cause))) {
      return parts.errors().routeFenced(doing, cause);
    }
    return parts.errors().client(doing, cause);
  }

  private Producer<byte[], byte[]> producer() {
    ProducerInstance known = current;
    if (known == null) {
      throw new IllegalStateException(transactionalId + " was not initialized");
    }
    return known.producer();
  }

  /** How many partitions the topic is known to have; 0 if nothing is known of it. */
  int partitions(String topic) {
    try {
      return producer().partitionsFor(topic).size();
    } catch (KafkaException | IllegalStateException e) {
      return 0;
    }
  }

  /** Ends the incarnation; whatever its thread waits for in the producer fails soon. Any thread. */
  void kill(ReplicationException cause) {
    ProducerInstance known = current;
    if (known != null && known.death() == null) {
      known.die(cause);
      // closing waits for the producer's own thread, without any bound
      parts
          .context()
          .threads("closer")
          .newThread(() -> close(known.producer(), Duration.ZERO))
          .start();
    }
  }

  /** Ends the incarnation, with no transaction open. */
  void close() {
    ProducerInstance known = current;
    if (known != null && known.death() == null) {
      known.die(new RetriableException(transactionalId + " was closed"));
      close(known.producer(), CLOSE_TIMEOUT);
    }
  }

  private static void close(Producer<byte[], byte[]> producer, Duration timeout) {
    try {
      producer.close(timeout);
    } catch (KafkaException e) {
      log.debug("closing a producer", e);
    }
  }
}
