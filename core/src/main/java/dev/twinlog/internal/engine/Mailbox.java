package dev.twinlog.internal.engine;

import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What others want an agent to do on its own thread, in the order in which they asked. Any thread
 * adds; the agent alone runs. Unbounded, since what is bounded is bounded elsewhere: records by the
 * {@link MemoryBudget}, everything else by the number of partitions.
 */
final class Mailbox {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition arrived = lock.newCondition();
  private ArrayDeque<Runnable> letters = new ArrayDeque<>();
  private ArrayDeque<Runnable> spare = new ArrayDeque<>();
  private boolean woken;
  private boolean closed;

  /**
   * Puts a letter in.
   *
   * @return false if the mailbox is closed: then the letter is never run
   */
  boolean add(Runnable letter) {
    lock.lock();
    try {
      if (closed) {
        return false;
      }
      letters.add(letter);
      arrived.signal();
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Ends the wait of this {@link #run} or the next one. */
  void wakeup() {
    lock.lock();
    try {
      woken = true;
      arrived.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Takes no more letters, and runs those that are there. */
  void close() {
    lock.lock();
    try {
      closed = true;
    } finally {
      lock.unlock();
    }
    run(0);
  }

  /**
   * Runs everything that is there, waiting for the first letter at most this long; letters that
   * arrive meanwhile wait for the next call.
   *
   * @return how many were run
   */
  int run(long maxWaitNanos) {
    ArrayDeque<Runnable> batch = take(maxWaitNanos);
    int count = batch.size();
    try {
      for (Runnable letter = batch.poll(); letter != null; letter = batch.poll()) {
        letter.run();
      }
    } finally {
      giveBack(batch);
    }
    return count;
  }

  /** What was not run because one letter threw stays in front of what came meanwhile. */
  private void giveBack(ArrayDeque<Runnable> batch) {
    if (batch.isEmpty()) {
      spare = batch;
      return;
    }
    lock.lock();
    try {
      batch.addAll(letters);
      letters.clear();
      spare = letters;
      letters = batch;
    } finally {
      lock.unlock();
    }
  }

  private ArrayDeque<Runnable> take(long maxWaitNanos) {
    lock.lock();
    try {
      long left = maxWaitNanos;
      while (letters.isEmpty() && !woken && left > 0) {
        left = awaitNanos(left);
      }
      woken = false;
      ArrayDeque<Runnable> batch = letters;
      letters = spare;
      return batch;
    } finally {
      lock.unlock();
    }
  }

  @SuppressWarnings("WaitNotInLoop") // called in one
  private long awaitNanos(long nanos) {
    try {
      return arrived.awaitNanos(nanos);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 0;
    }
  }
}
