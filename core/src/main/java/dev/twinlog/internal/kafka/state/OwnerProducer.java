package dev.twinlog.internal.kafka.state;

import dev.twinlog.internal.kafka.cluster.Answers;
import dev.twinlog.internal.kafka.cluster.KafkaErrors;
import dev.twinlog.internal.kafka.cluster.LazyAdmin;
import dev.twinlog.spi.FencedException;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.InvalidTxnTimeoutException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TransactionAbortableException;
import org.apache.kafka.common.errors.TransactionalIdNotFoundException;
import org.jspecify.annotations.Nullable;

/**
 * The transactional producer {@code twinlog.<link>.owner}: whoever initialized it last owns the
 * link.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>a commit or abort whose outcome is unknown is repeated before anything else is written, or
 *       settled by initializing the identity again where its producer had to be replaced;
 *   <li>the identity is initialized again, which would take the link over, only after the topic's
 *       last owner record was seen to be this instance's, or that somebody emptied the topic. A new
 *       owner writes its own before it does anything else, so then nobody took the link over;
 *   <li>a suspicion that someone else took the link over lasts until it was looked into right
 *       before the identity is initialized again, and not only when it came up;
 *   <li>once fenced, fenced for good;
 *   <li>once closed, no producer is made or initialized.
 * </ul>
 *
 * <p>A coordinator that aborts a transaction for its age fences its producer, too. That must not be
 * taken for another owner: after a takeover the coordinator's state is Empty, Ongoing or a commit,
 * after such an abort it is CompleteAbort.
 *
 * <p>Confined to one thread at a time, except {@link #close}.
 */
final class OwnerProducer {
  private static final Duration MAX_BLOCK = Duration.ofSeconds(10);
  private static final int LONG_TRANSACTION_MS = 900_000;
  private static final int SHORT_TRANSACTION_MS = 60_000;

  private enum Pending {
    NOTHING,
    COMMIT,
    ABORT
  }

  private final LazyAdmin admin;
  private final String link;
  private final StateTopic topic;
  private final Clock clock;
  private final UUID instance = UUID.randomUUID();

  private volatile @Nullable Producer<byte[], byte[]> producer;
  private volatile boolean closed;
  private Pending pending = Pending.NOTHING;
  private int tlsFailures;
  private int transactionTimeoutMs = LONG_TRANSACTION_MS;
  private boolean suspectsFence;
  private long completeFrom;
  private @Nullable FencedException fenced;

  OwnerProducer(LazyAdmin admin, String link, StateTopic topic, Clock clock) {
    this.admin = admin;
    this.link = link;
    this.topic = topic;
    this.clock = clock;
  }

  /** Takes the link over and reads what its former owner left. */
  StateContents takeOver() {
    dispose(Duration.ZERO);
    try {
      initialize();
      transact(List.of(ownerRecord()));
    } catch (RuntimeException e) {
      dispose(Duration.ZERO);
      throw notTaken(admin.errors().owner(link, "take the link over", e));
    }
    return topic.readUpTo(instance);
  }

  /**
   * An instance that is being taken over may take back what is not taken yet: its coordinator can
   * look as if it had only been slow. Then both would stop, if the newer one did not insist.
   */
  private ReplicationException notTaken(ReplicationException cause) {
    return cause instanceof FencedException
        ? new RetriableException(
            "another instance of link " + link + " came between while this one took it over", cause)
        : cause;
  }

  /** All state is there in a log that begins at this offset; the next owner is told. */
  void completeFrom(long startOffset) {
    completeFrom = startOffset;
  }

  /** Commits these records together; none at all proves the ownership. */
  void commit(List<ProducerRecord<byte[], byte[]>> records) {
    FencedException known = fenced;
    if (known != null) {
      throw new FencedException(String.valueOf(known.getMessage()), known);
    }
    requireOpen();
    try {
      settle();
      transact(records.isEmpty() ? List.of(ownerRecord()) : records);
    } catch (FencedException e) {
      fenced = e;
      dispose(Duration.ZERO);
      throw e;
    } catch (RuntimeException e) {
      throw recovered(e);
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new RetriableException("the state store of link " + link + " is closed");
    }
  }

  /** The record that says who the owner is. */
  ProducerRecord<byte[], byte[]> ownerRecord() {
    return StateRecords.owner(topic.name(), instance, clock.millis(), completeFrom);
  }

  private void transact(List<ProducerRecord<byte[], byte[]>> records) {
    Producer<byte[], byte[]> current = current();
    current.beginTransaction();
    pending = Pending.ABORT;
    for (ProducerRecord<byte[], byte[]> record : records) {
      Future<RecordMetadata> sent = current.send(record);
      if (sent.isDone()) {
        // not taken, perhaps after waiting: the next one would wait as long. What fails later is
        // thrown by commitTransaction()
        Answers.get(sent);
      }
    }
    pending = Pending.COMMIT;
    current.commitTransaction();
    pending = Pending.NOTHING;
  }

  /** Brings what an earlier call left open to an end. */
  private void settle() {
    if (producer == null) {
      verifyOwnership();
      // before, not after: an answer to initialize() that is lost must not look like a takeover
      suspectsFence = false;
      initialize();
      // makes every later owner's check see us again
      transact(List.of(ownerRecord()));
    }
    if (pending == Pending.COMMIT) {
      current().commitTransaction();
    } else if (pending == Pending.ABORT) {
      current().abortTransaction();
    }
    pending = Pending.NOTHING;
  }

  /** What to throw for {@code thrown}, after leaving everything so that the next call can go on. */
  private ReplicationException recovered(RuntimeException thrown) {
    Throwable cause = KafkaErrors.unwrap(thrown);
    String doing = "save the state of link " + link;
    if (KafkaErrors.isFenced(cause)) {
      suspectsFence = true;
      dispose(Duration.ZERO);
      try {
        verifyOwnership();
      } catch (FencedException e) {
        fenced = e;
        return e;
      } catch (ReplicationException e) {
        e.addSuppressed(thrown);
        return e;
      }
      return admin.errors().link(doing, cause);
    }
    boolean unknownOutcome = cause instanceof TimeoutException && pending != Pending.NOTHING;
    boolean interrupted = cause instanceof InterruptException;
    if (admin.tlsFailures() != tlsFailures) {
      // it reads the key and trust stores once: the next one initializes the identity again, which
      // settles what this one has left
      dispose(Duration.ZERO);
    }
    if (producer != null && !unknownOutcome && !interrupted) {
      abort(thrown);
    }
    return wantsAbort(cause)
        ? admin.errors().aborted(doing, cause)
        : admin.errors().owner(link, doing, thrown);
  }

  /**
   * Whether all that is wrong is that the transaction must be aborted: a cluster that was away for
   * longer than every timeout is met as an exception of no particular type.
   */
  private static boolean wantsAbort(Throwable cause) {
    return cause instanceof TransactionAbortableException
        || cause.getClass() == KafkaException.class;
  }

  private void abort(RuntimeException thrown) {
    pending = Pending.ABORT;
    try {
      current().abortTransaction();
      pending = Pending.NOTHING;
    } catch (TimeoutException e) {
      thrown.addSuppressed(e);
    } catch (RuntimeException e) {
      // beyond repair: the next call makes a new producer, if the link is still ours
      suspectsFence |= KafkaErrors.isFenced(KafkaErrors.unwrap(e));
      thrown.addSuppressed(e);
      dispose(Duration.ZERO);
    }
  }

  private void verifyOwnership() {
    boolean takenOver = suspectsFence && !wasAbortedForItsAge();
    // read after the coordinator was asked: a takeover that has committed is in the topic by now
    // where there is none at all the topic was emptied since ours was written
    boolean ours = topic.read().owner().map(instance::equals).orElse(true);
    if (takenOver || !ours) {
      throw new FencedException(
          "another instance took link %s over (seen on %s); this one has stopped"
              .formatted(link, admin.errors().alias()));
    }
  }

  private boolean wasAbortedForItsAge() {
    try {
      TransactionState state =
          Answers.get(
                  admin
                      .get()
                      .describeTransactions(List.of(transactionalId()))
                      .description(transactionalId()))
              .state();
      return state == TransactionState.COMPLETE_ABORT || state == TransactionState.PREPARE_ABORT;
    } catch (TransactionalIdNotFoundException e) {
      return true;
    } catch (RuntimeException e) {
      throw admin.errors().owner(link, "find out who owns link " + link, e);
    }
  }

  private String transactionalId() {
    return "twinlog." + link + ".owner";
  }

  private void initialize() {
    try {
      initTransactions(create());
    } catch (InvalidTxnTimeoutException e) {
      // the broker's transaction.max.timeout.ms is below its default
      transactionTimeoutMs = SHORT_TRANSACTION_MS;
      dispose(Duration.ZERO);
      initTransactions(create());
    }
  }

  private void initTransactions(Producer<byte[], byte[]> made) {
    requireOpen();
    made.initTransactions();
  }

  private Producer<byte[], byte[]> create() {
    requireOpen();
    Map<String, Object> defaults = new HashMap<>();
    defaults.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, 5_000);
    defaults.put(ProducerConfig.LINGER_MS_CONFIG, 0);
    // its first transaction always waits for one
    defaults.put(ProducerConfig.RETRY_BACKOFF_MS_CONFIG, 20);
    defaults.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
    defaults.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, transactionTimeoutMs);
    Map<String, Object> config = admin.settings().producer("owner-" + link, defaults);
    config.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, transactionalId());
    config.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, MAX_BLOCK.toMillis());
    config.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, StateTopic.MAX_RECORD_BYTES);
    tlsFailures = admin.tlsFailures();
    Producer<byte[], byte[]> made = new KafkaProducer<>(config);
    producer = made;
    pending = Pending.NOTHING;
    if (closed) {
      // close() may have come before the assignment, and found nothing to close
      dispose(Duration.ZERO);
      requireOpen();
    }
    return made;
  }

  private Producer<byte[], byte[]> current() {
    Producer<byte[], byte[]> current = producer;
    if (current == null) {
      throw new IllegalStateException("the store of link " + link + " is closed");
    }
    return current;
  }

  /** Closes the producer for good; a call that waits ends by then. Any thread. */
  void close(Duration timeout) {
    closed = true;
    dispose(timeout);
  }

  private void dispose(Duration timeout) {
    Producer<byte[], byte[]> current = producer;
    producer = null;
    if (current != null) {
      try {
        current.close(timeout);
      } catch (InterruptException e) {
        // the flag is restored; the sender was told and ends by itself
      }
    }
  }
}
