package dev.twinlog.internal.kafka.records.transactional;

import dev.twinlog.internal.kafka.records.transactional.Transaction.RefusedRecord;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;

/**
 * The thread that writes under one transactional id: takes the queued writes, writes them with the
 * positions of their routes in one transaction, commits, answers, and takes what was queued
 * meanwhile. So a lone record is not delayed, and under load a transaction is as large as what
 * arrives during the one before it.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>a write is acknowledged only after its transaction was committed;
 *   <li>a write fails only when its transaction was aborted, or when the producer has failed: the
 *       next producer is initialized before the route is recovered, and ends the open transaction;
 *   <li>a transaction that fails because of one route is aborted and written again without that
 *       route; the others are only delayed;
 *   <li>answers of a route come in the order of its writes.
 * </ul>
 *
 * <p>Everything but the thread's own work may be called from any thread.
 */
final class TransactionLoop {
  /** How long a transaction accepts writes, if they don't end before. */
  private static final long FILL_NANOS = Duration.ofMillis(100).toNanos();

  /** How long a route may delay others without any answer; alone it may take longer. */
  private static final long STALL_NANOS = Duration.ofSeconds(1).toNanos();

  /** The time for a transaction in flight when the writer is closed. */
  private static final long CLOSE_NANOS = Duration.ofSeconds(3).toNanos();

  private final String transactionalId;
  private final boolean isolated;
  private final LoopContext context;
  private final ProducerLifecycle life;
  private final FailureIsolation isolation;
  private final long maxBytes;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final String codec;

  // guarded by the lock
  private final Deque<TransactionalWrite> queue = new ArrayDeque<>();
  private @Nullable CompletableFuture<ProducerInstance> wanted;
  private @Nullable Transaction current;
  private @Nullable Thread thread;
  private boolean stopped;

  /**
   * Creates a loop that has not started.
   *
   * @param isolated whether every transaction is of one route alone
   */
  TransactionLoop(LoopContext context, String codec, boolean isolated) {
    this.context = context;
    this.codec = codec;
    this.isolated = isolated;
    this.transactionalId =
        RouteState.transactionalId(
            context.context().link(), context.context().lane(), codec, isolated);
    this.life = new ProducerLifecycle(context, transactionalId, codec);
    this.isolation = new FailureIsolation(context, transactionalId);
    this.maxBytes = Math.max(1, context.context().maxInFlightBytes() / 2);
  }

  // From any thread.

  String codec() {
    return codec;
  }

  boolean isIsolated() {
    return isolated;
  }

  /** Returns a usable producer: the present one, or a new one. */
  CompletableFuture<ProducerInstance> begin() {
    lock.lock();
    try {
      if (stopped) {
        return CompletableFuture.failedFuture(closed());
      }
      CompletableFuture<ProducerInstance> answer = wanted;
      if (answer == null) {
        answer = new CompletableFuture<>();
        wanted = answer;
      }
      if (thread == null) {
        thread = context.context().threads(role()).newThread(this::run);
        thread.start();
      }
      changed.signalAll();
      return answer;
    } finally {
      lock.unlock();
    }
  }

  private String role() {
    return "records-" + context.context().lane() + (isolated ? "-apart" : "");
  }

  /** Queues a write, unless the loop has ended. */
  void add(TransactionalWrite write) {
    lock.lock();
    try {
      if (!stopped) {
        queue.add(write);
        changed.signalAll();
        return;
      }
    } finally {
      lock.unlock();
    }
    write.fail(closed());
  }

  /** Aborts what is in flight of a route that has failed, rather than waiting for it. */
  void abandon(TransactionalRoute route) {
    Transaction open;
    List<TransactionalWrite> waiting = new ArrayList<>();
    lock.lock();
    try {
      open = current;
      if (open == null || !open.holds(route)) {
        take(queue, write -> write.route() == route, waiting);
      }
    } finally {
      lock.unlock();
    }
    waiting.forEach(TransactionalWrite::failBehind);
    if (open != null && open.holds(route)) {
      open.abandon();
    }
  }

  private RetriableException closed() {
    return new RetriableException("the writer of %s was closed".formatted(transactionalId));
  }

  /** Ends the loop: commits what is in flight if that is soon done, and fails the rest. */
  void stop() {
    lock.lock();
    try {
      stopped = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Waits for the end after {@link #stop}, and forces it after a timeout. */
  void awaitEnd() {
    Thread running = thread;
    if (running == null || joined(running, CLOSE_NANOS)) {
      return;
    }
    life.kill(closed());
    Transaction open = current;
    if (open != null) {
      open.abandon();
    }
    joined(running, CLOSE_NANOS);
  }

  private static boolean joined(Thread thread, long nanos) {
    try {
      thread.join(TimeUnit.NANOSECONDS.toMillis(nanos));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return !thread.isAlive();
  }

  // The thread.

  private void run() {
    try {
      while (awaitWork()) {
        beginIfWanted();
        transact();
      }
    } finally {
      try {
        life.close();
      } finally {
        failAll(closed());
      }
    }
  }

  private boolean awaitWork() {
    lock.lock();
    try {
      while (!stopped && queue.isEmpty() && wanted == null) {
        changed.awaitUninterruptibly();
      }
      return !stopped;
    } finally {
      lock.unlock();
    }
  }

  private void beginIfWanted() {
    CompletableFuture<ProducerInstance> answer;
    lock.lock();
    try {
      answer = wanted;
      wanted = null;
    } finally {
      lock.unlock();
    }
    if (answer == null) {
      return;
    }
    try {
      answer.complete(life.begin(this::isStopped));
    } catch (Throwable e) { // the recovery waits for the answer without a timeout
      answer.completeExceptionally(e);
      if (e instanceof Error error) {
        throw error;
      }
    }
  }

  /** Whether it has been stopped, or its thread has ended. Any thread. */
  boolean isStopped() {
    lock.lock();
    try {
      return stopped;
    } finally {
      lock.unlock();
    }
  }

  private void transact() {
    TransactionalWrite first = next(null);
    while (first != null && first.isBehindAFailure()) {
      first.failBehind();
      first = next(null);
    }
    if (first == null) {
      return;
    }
    ProducerInstance instance = first.route().instance();
    Transaction transaction = new Transaction(context, instance.producer(), codec);
    setCurrent(transaction);
    try {
      instance.producer().beginTransaction();
      fill(transaction, first);
      transaction.sendPositions();
      switch (transaction.awaitAnswers(STALL_NANOS, () -> othersWait(transaction))) {
        case ALL -> {
          if (context.tails().confirms(transaction.appendedRanges(), System.nanoTime())) {
            life.commit(this::isStopped);
            setCurrent(null);
            answer(transaction);
          } else {
            rollBackWithoutFailed(transaction);
          }
        }
        case FAILED -> rollBack(transaction, null);
        case STALLED -> abandonStalled(transaction);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      rollBack(transaction, new InterruptException(e));
    } catch (RuntimeException e) {
      rollBack(transaction, e);
    }
  }

  private void setCurrent(@Nullable Transaction transaction) {
    lock.lock();
    try {
      current = transaction;
    } finally {
      lock.unlock();
    }
  }

  private void fill(Transaction transaction, TransactionalWrite first) {
    long begun = System.nanoTime();
    TransactionalWrite write = first;
    while (write != null) {
      transaction.add(write);
      boolean full =
          transaction.bytes() >= maxBytes
              || transaction.hasFailed()
              || System.nanoTime() - begun > FILL_NANOS;
      write = full ? null : next(first.route());
    }
  }

  /** Returns the next write, if it may be in one transaction with those of {@code sameAs}. */
  private @Nullable TransactionalWrite next(@Nullable TransactionalRoute sameAs) {
    lock.lock();
    try {
      TransactionalWrite head = queue.peek();
      boolean fits =
          head != null
              && (sameAs == null
                  || head.route() == sameAs
                  || (!isolated && head.route().instance() == sameAs.instance()));
      return fits ? queue.poll() : null;
    } finally {
      lock.unlock();
    }
  }

  private void answer(Transaction transaction) {
    transaction.committed();
    for (TransactionalWrite write : transaction.writes()) {
      if (write.route().failure() == null) {
        context.sessions().trust(write.route().route());
      }
    }
  }

  // Failures.

  private void rollBack(Transaction transaction, @Nullable RuntimeException thrown) {
    RefusedRecord refusedRecord = transaction.refusedRecord();
    transaction.end();
    boolean rolledBack = life.abort(thrown != null ? thrown : causeOf(refusedRecord));
    isolation.find(transaction, thrown, life);
    ended(transaction, rolledBack);
  }

  /** Aborts: some of its routes have failed, and the others are to be written again. */
  private void rollBackWithoutFailed(Transaction transaction) {
    transaction.end();
    ended(transaction, life.abort(null));
  }

  private void ended(Transaction transaction, boolean rolledBack) {
    setCurrent(null);
    if (rolledBack) {
      writeAgain(transaction.writes());
    } else {
      failAllOf(transaction);
    }
  }

  /**
   * Closes the producer by force, since it would wait for the stalled routes before it aborts;
   * these are written in their own transactions from now on. The others must be recovered as well,
   * but can then continue.
   */
  private void abandonStalled(Transaction transaction) {
    transaction.end();
    Set<Route> stalled = new HashSet<>(transaction.unansweredRoutes());
    transaction.onlyRoute().ifPresent(stalled::add);
    stalled.forEach(context.sessions()::suspect);
    life.kill(
        new RetriableException(
            "a transaction of %s was aborted: %s accepts nothing for %s"
                .formatted(transactionalId, context.errors().alias(), stalled)));
    setCurrent(null);
    failAllOf(transaction);
  }

  private void failAllOf(Transaction transaction) {
    transaction.writes().forEach(TransactionalWrite::failBehind);
    waitingBehindFailures().forEach(TransactionalWrite::failBehind);
  }

  private boolean othersWait(Transaction transaction) {
    if (isolated) {
      return false;
    }
    lock.lock();
    try {
      return queue.stream().anyMatch(write -> !transaction.holds(write.route()));
    } finally {
      lock.unlock();
    }
  }

  private static @Nullable RuntimeException causeOf(@Nullable RefusedRecord refusedRecord) {
    return refusedRecord != null && refusedRecord.cause() instanceof RuntimeException cause
        ? cause
        : null;
  }

  /**
   * Puts writes back to the head of the queue; those of routes that have failed meanwhile end from
   * there.
   */
  private void writeAgain(List<TransactionalWrite> writes) {
    lock.lock();
    try {
      for (int i = writes.size() - 1; i >= 0; i--) {
        queue.addFirst(writes.get(i));
      }
    } finally {
      lock.unlock();
    }
  }

  private List<TransactionalWrite> waitingBehindFailures() {
    List<TransactionalWrite> failed = new ArrayList<>();
    lock.lock();
    try {
      take(queue, TransactionalWrite::isBehindAFailure, failed);
    } finally {
      lock.unlock();
    }
    return failed;
  }

  private void failAll(RetriableException cause) {
    List<TransactionalWrite> left = new ArrayList<>();
    CompletableFuture<ProducerInstance> waiting;
    lock.lock();
    try {
      stopped = true;
      if (current != null) { // an error has ended the thread, and closes the producer next
        left.addAll(current.writes());
        current = null;
      }
      left.addAll(queue);
      queue.clear();
      waiting = wanted;
      wanted = null;
    } finally {
      lock.unlock();
    }
    left.forEach(write -> write.fail(cause));
    if (waiting != null) {
      waiting.completeExceptionally(cause);
    }
  }

  private static void take(
      Deque<TransactionalWrite> from,
      Predicate<TransactionalWrite> which,
      List<TransactionalWrite> to) {
    from.stream().filter(which).forEach(to::add);
    from.removeIf(which);
  }
}
