package dev.twinlog.internal.kafka.records.transactional;

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
 * Creates the producers of one transactional id, one after the other, commits and aborts their
 * transactions, and closes them when the outcome of a transaction is unknown.
 *
 * <p>Confined to the loop's thread, except {@link #kill}.
 */
final class ProducerLifecycle {
  private static final Logger LOG = LoggerFactory.getLogger(ProducerLifecycle.class);

  /**
   * Initialization waits until a former owner's transaction has ended on each of its partitions.
   */
  private static final long INITIALIZE_NANOS = Duration.ofSeconds(25).toNanos();

  /**
   * A commit whose answer is lost is repeated for so long; then the next recovery finds the
   * outcome.
   */
  private static final long COMMIT_NANOS = Duration.ofSeconds(30).toNanos();

  /** Aborting waits for batches that are being resent; replacing the producer does not. */
  private static final long ABORT_NANOS = Duration.ofSeconds(2).toNanos();

  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(1);

  private final LoopContext context;
  private final String transactionalId;
  private final String codec;
  private volatile @Nullable ProducerInstance current;

  ProducerLifecycle(LoopContext context, String transactionalId, String codec) {
    this.context = context;
    this.transactionalId = transactionalId;
    this.codec = codec;
  }

  /**
   * Returns the usable producer, or a new one: then all transactions of this id have ended, in all
   * instances, and no other producer of this id can begin one.
   */
  ProducerInstance begin(BooleanSupplier stopped) {
    ProducerInstance known = current;
    if (known != null && known.failure() == null) {
      return known;
    }
    try {
      try {
        return initialize(TransactionalProducers.TRANSACTION_TIMEOUT_MS, stopped);
      } catch (InvalidTxnTimeoutException e) {
        return initialize(TransactionalProducers.SHORT_TRANSACTION_TIMEOUT_MS, stopped);
      }
    } catch (RuntimeException e) {
      throw context
          .errors()
          .link(
              "initialize transactional id " + transactionalId,
              "WRITE and DESCRIBE on TransactionalId twinlog."
                  + context.context().link()
                  + ". (prefixed)",
              e);
    }
  }

  private ProducerInstance initialize(int timeoutMs, BooleanSupplier stopped) {
    ProducerInstance made =
        new ProducerInstance(
            transactionalId, context.producers().create(transactionalId, codec, timeoutMs));
    current = made;
    try {
      repeat(made.producer()::initTransactions, INITIALIZE_NANOS, stopped);
      LOG.debug("{} is initialized", transactionalId);
      return made;
    } catch (RuntimeException e) {
      kill(new RetriableException(transactionalId + " could not be initialized", e));
      throw e;
    }
  }

  /** Commits; repeated if the answer is lost. */
  void commit(BooleanSupplier stopped) {
    repeat(producer()::commitTransaction, COMMIT_NANOS, stopped);
  }

  /** Repeats a call that timed out, as Kafka requires before any other call. */
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
   * Aborts the transaction.
   *
   * @param cause why, if something was thrown
   * @return whether nothing of the transaction can ever be committed, and the producer is usable;
   *     if not, it is closed, and its successor will end the transaction
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
      return context.errors().routeFenced(doing, cause);
    }
    return context.errors().client(doing, cause);
  }

  private Producer<byte[], byte[]> producer() {
    ProducerInstance known = current;
    if (known == null) {
      throw new IllegalStateException(transactionalId + " was not initialized");
    }
    return known.producer();
  }

  /**
   * Returns how many partitions the topic has as far as the producer knows; 0 if it has no
   * metadata.
   */
  int partitions(String topic) {
    try {
      return producer().partitionsFor(topic).size();
    } catch (KafkaException | IllegalStateException e) {
      return 0;
    }
  }

  /** Closes the producer by force; calls of its thread into the producer fail soon. Any thread. */
  void kill(ReplicationException cause) {
    ProducerInstance known = current;
    if (known != null && known.failure() == null) {
      known.fail(cause);
      // closing waits for the producer's own thread, without a timeout
      context
          .context()
          .threads("closer")
          .newThread(() -> close(known.producer(), Duration.ZERO))
          .start();
    }
  }

  /** Closes the producer, with no transaction open. */
  void close() {
    ProducerInstance known = current;
    if (known != null && known.failure() == null) {
      known.fail(new RetriableException(transactionalId + " was closed"));
      close(known.producer(), CLOSE_TIMEOUT);
    }
  }

  private static void close(Producer<byte[], byte[]> producer, Duration timeout) {
    try {
      producer.close(timeout);
    } catch (KafkaException e) {
      LOG.debug("closing a producer", e);
    }
  }
}
