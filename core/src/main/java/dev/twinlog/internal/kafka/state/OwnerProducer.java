package dev.twinlog.internal.kafka.state;

import dev.twinlog.internal.kafka.cluster.AdminResults;
import dev.twinlog.internal.kafka.cluster.ClientClose;
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
import java.util.function.Function;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.InvalidTxnStateException;
import org.apache.kafka.common.errors.InvalidTxnTimeoutException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TransactionalIdNotFoundException;
import org.jspecify.annotations.Nullable;

/**
 * The transactional producer {@code twinlog.<link>.owner}: the instance that initialized it last
 * owns the link.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>a commit or abort whose outcome is unknown is repeated before anything else is written, or
 *       settled by initializing the transactional id again if its producer had to be replaced;
 *   <li>the transactional id is initialized again, which would take the link over, only after the
 *       topic's last owner record was read and is this instance's, or the topic was emptied. A new
 *       owner writes its own record before it does anything else, so then no other instance has
 *       taken the link over;
 *   <li>a suspected takeover is checked right before the transactional id is initialized again, and
 *       not only when the suspicion arises. If another producer has initialized the id, and the
 *       last owner record is still this instance's, a new owner may be about to write its record:
 *       only if there is none after {@link #TAKEOVER} it has died, or has stepped back, and this
 *       instance continues;
 *   <li>after the transactional id was initialized again the topic is read once more: if a takeover
 *       was committed in between, the other instance owns the link, and this one stops;
 *   <li>once fenced, permanently fenced;
 *   <li>once closed, no producer is created or initialized.
 * </ul>
 *
 * <p>A coordinator that aborts a transaction because of its timeout fences its producer as well.
 * That must not be taken for another owner: after a takeover the coordinator's state is Empty,
 * Ongoing or a commit, after such an abort it is CompleteAbort.
 *
 * <p>Confined to one thread at a time, except {@link #close}.
 */
final class OwnerProducer {
  private static final Duration MAX_BLOCK = Duration.ofSeconds(10);

  /** How long a new owner may take from initializing the transactional id to its owner record. */
  private static final Duration TAKEOVER = MAX_BLOCK;

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
  private final Function<Map<String, Object>, Producer<byte[], byte[]>> producers;
  private final UUID instance = UUID.randomUUID();

  private volatile @Nullable Producer<byte[], byte[]> producer;
  private volatile boolean closed;
  private Pending pending = Pending.NOTHING;
  private int outdated;
  private int transactionTimeoutMs = LONG_TRANSACTION_MS;
  private boolean suspectsFence;
  private long suspectedNanos;
  private long completeFrom;
  private @Nullable FencedException fenced;

  OwnerProducer(LazyAdmin admin, String link, StateTopic topic, Clock clock) {
    this(admin, link, topic, clock, KafkaProducer::new);
  }

  /** For tests: creates its producers from their settings with {@code producers}. */
  OwnerProducer(
      LazyAdmin admin,
      String link,
      StateTopic topic,
      Clock clock,
      Function<Map<String, Object>, Producer<byte[], byte[]>> producers) {
    this.producers = producers;
    this.admin = admin;
    this.link = link;
    this.topic = topic;
    this.clock = clock;
  }

  /** Takes the link over and reads the state that its former owner left. */
  StateContents takeOver() {
    becomeOwner();
    return topic.readUpTo(instance);
  }

  /** Initializes the transactional id and writes this instance's owner record. */
  void becomeOwner() {
    dispose(Duration.ZERO);
    try {
      writeFirstRecord();
    } catch (RuntimeException e) {
      boolean connected = producer != null; // else the exception is about its settings
      dispose(Duration.ZERO);
      String doing = "take the link over";
      throw notTaken(
          connected
              ? admin.errors().transaction(link, doing, e)
              : admin.errors().owner(link, doing, e));
    }
  }

  /**
   * Once more if the coordinator doesn't know the new transaction: under overload it answers
   * INVALID_TXN_STATE to the first commit after an initialization, and nothing is written then.
   */
  private void writeFirstRecord() {
    try {
      initialize();
      transact(List.of(ownerRecord()));
    } catch (RuntimeException e) {
      if (!(KafkaErrors.unwrap(e) instanceof InvalidTxnStateException)) {
        throw e;
      }
      dispose(Duration.ZERO);
      initialize();
      transact(List.of(ownerRecord()));
    }
  }

  /**
   * Makes a fenced takeover retriable: the former owner may reclaim the link while it is being
   * taken over, since its coordinator can look as if it had only been slow. If the newer instance
   * did not retry, both would stop.
   */
  private ReplicationException notTaken(ReplicationException cause) {
    return cause instanceof FencedException
        ? new RetriableException(
            "another instance of link " + link + " interfered while this one took it over", cause)
        : cause;
  }

  /** Sets the offset at which a log with the complete state begins, for the next owner's check. */
  void completeFrom(long startOffset) {
    completeFrom = startOffset;
  }

  /** Commits these records in one transaction; without records it proves the ownership. */
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

  /** Makes the next call initialize the transactional id again, which settles what is left open. */
  void replaceProducer() {
    dispose(Duration.ZERO);
  }

  private void requireOpen() {
    if (closed) {
      throw new RetriableException("the state store of link " + link + " is closed");
    }
  }

  /** Returns the record that names the owner. */
  ProducerRecord<byte[], byte[]> ownerRecord() {
    return StateRecords.owner(topic.address(), instance, clock.millis(), completeFrom);
  }

  private void transact(List<ProducerRecord<byte[], byte[]>> records) {
    Producer<byte[], byte[]> current = current();
    current.beginTransaction();
    pending = Pending.ABORT;
    for (ProducerRecord<byte[], byte[]> record : records) {
      Future<RecordMetadata> sent = current.send(record);
      if (sent.isDone()) {
        // refused, perhaps after waiting: the next one would wait as long. Later failures are
        // thrown by commitTransaction()
        AdminResults.get(sent);
      }
    }
    pending = Pending.COMMIT;
    current.commitTransaction();
    pending = Pending.NOTHING;
  }

  /** Completes what an earlier call left open. */
  private void settle() {
    if (producer == null) {
      verifyOwnership();
      // before, not after: a lost answer to initialize() must not look like a takeover
      suspectsFence = false;
      initialize();
      verifyNotTakenOver();
      // later ownership checks must find this instance's record again
      transact(List.of(ownerRecord()));
    }
    if (pending == Pending.COMMIT) {
      current().commitTransaction();
    } else if (pending == Pending.ABORT) {
      current().abortTransaction();
    }
    pending = Pending.NOTHING;
  }

  /**
   * Returns the exception for {@code thrown}, and leaves a state from which the next call can
   * continue.
   */
  private ReplicationException recovered(RuntimeException thrown) {
    Throwable cause = KafkaErrors.unwrap(thrown);
    String doing = "save the state of link " + link;
    if (KafkaErrors.isFenced(cause)) {
      suspectFence();
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
    if (admin.outdated() != outdated) {
      // it reads key and trust stores and credentials once: the next producer initializes the
      // transactional id again, which settles what this one has left
      dispose(Duration.ZERO);
    }
    if (producer != null && !unknownOutcome && !interrupted) {
      abort(thrown);
    }
    return admin.errors().transaction(link, doing, thrown);
  }

  private void abort(RuntimeException thrown) {
    pending = Pending.ABORT;
    try {
      current().abortTransaction();
      pending = Pending.NOTHING;
    } catch (TimeoutException e) {
      thrown.addSuppressed(e);
    } catch (RuntimeException e) {
      // not recoverable: the next call creates a producer, if this instance still owns the link
      if (KafkaErrors.isFenced(KafkaErrors.unwrap(e))) {
        suspectFence();
      }
      thrown.addSuppressed(e);
      dispose(Duration.ZERO);
    }
  }

  private void suspectFence() {
    if (!suspectsFence) {
      suspectsFence = true;
      suspectedNanos = System.nanoTime();
    }
  }

  private void verifyOwnership() {
    boolean fencedByOther = suspectsFence && !wasAbortedByTimeout();
    // read after the coordinator was queried: a takeover that has committed is in the topic by now
    requireOwnRecord();
    if (fencedByOther && System.nanoTime() - suspectedNanos < TAKEOVER.toNanos()) {
      throw new RetriableException(
          "another instance may be taking link %s over: %s was initialized on %s, without an owner record so far"
              .formatted(link, transactionalId(), admin.errors().alias()));
    }
  }

  /** Checks right after initializing the transactional id, which ends a takeover under way. */
  private void verifyNotTakenOver() {
    try {
      requireOwnRecord();
    } catch (RuntimeException e) {
      dispose(Duration.ZERO); // nothing is written before the check has succeeded
      throw e;
    }
  }

  /** Without an owner record the topic was emptied since this instance wrote its own. */
  private void requireOwnRecord() {
    if (!topic.read().owner().map(instance::equals).orElse(true)) {
      throw new FencedException(
          "another instance took link %s over (seen on %s); this one has stopped"
              .formatted(link, admin.errors().alias()));
    }
  }

  private boolean wasAbortedByTimeout() {
    try {
      TransactionState state =
          AdminResults.get(
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
    // its first transaction always waits for one backoff
    defaults.put(ProducerConfig.RETRY_BACKOFF_MS_CONFIG, 20);
    defaults.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
    defaults.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, transactionTimeoutMs);
    Map<String, Object> config = admin.settings().producer("owner-" + link, defaults);
    config.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, transactionalId());
    config.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, MAX_BLOCK.toMillis());
    config.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, StateTopic.MAX_RECORD_BYTES);
    outdated = admin.outdated();
    Producer<byte[], byte[]> made = producers.apply(config);
    producer = made;
    pending = Pending.NOTHING;
    if (closed) {
      // close() may have run before the assignment, and found nothing to close
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

  /** Closes the producer permanently; a blocked call ends by then. Any thread. */
  void close(Duration timeout) {
    closed = true;
    dispose(timeout);
  }

  private void dispose(Duration timeout) {
    Producer<byte[], byte[]> current = producer;
    producer = null;
    ClientClose.close(current, timeout);
  }
}
