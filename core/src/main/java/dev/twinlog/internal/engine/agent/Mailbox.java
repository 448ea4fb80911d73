package dev.twinlog.internal.engine.agent;

import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A queue of tasks that an agent runs on its own thread, in the order in which they were added. Any
 * thread adds; only the agent runs them. Unbounded, since its content is bounded elsewhere: records
 * by the {@code MemoryBudget}, everything else by the number of partitions.
 */
public final class Mailbox {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition arrived = lock.newCondition();
  private ArrayDeque<Runnable> tasks = new ArrayDeque<>();
  private ArrayDeque<Runnable> spare = new ArrayDeque<>();
  private boolean woken;
  private boolean closed;

  /**
   * Adds a task.
   *
   * @return false if the mailbox is closed: then the task is never run
   */
  public boolean add(Runnable task) {
    lock.lock();
    try {
      if (closed) {
        return false;
      }
      tasks.add(task);
      arrived.signal();
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Ends the wait of this {@link #run} or the next one. */
  public void wakeup() {
    lock.lock();
    try {
      woken = true;
      arrived.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Accepts no more tasks, and runs the waiting ones. */
  public void close() {
    lock.lock();
    try {
      closed = true;
    } finally {
      lock.unlock();
    }
    run(0);
  }

  /**
   * Runs all waiting tasks, and waits for the first one at most this long. Tasks that are added
   * meanwhile are run by the next call.
   *
   * @return how many tasks were run
   */
  public int run(long maxWaitNanos) {
    ArrayDeque<Runnable> batch = take(maxWaitNanos);
    int count = batch.size();
    try {
      for (Runnable task = batch.poll(); task != null; task = batch.poll()) {
        task.run();
      }
    } finally {
      requeue(batch);
    }
    return count;
  }

  /** If a task threw, the remaining ones stay before those that were added meanwhile. */
  private void requeue(ArrayDeque<Runnable> batch) {
    if (batch.isEmpty()) {
      spare = batch;
      return;
    }
    lock.lock();
    try {
      batch.addAll(tasks);
      tasks.clear();
      spare = tasks;
      tasks = batch;
    } finally {
      lock.unlock();
    }
  }

  private ArrayDeque<Runnable> take(long maxWaitNanos) {
    lock.lock();
    try {
      long left = maxWaitNanos;
      while (tasks.isEmpty() && !woken && left > 0) {
        left = awaitNanos(left);
      }
      woken = false;
      ArrayDeque<Runnable> batch = tasks;
      tasks = spare;
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
