package dev.twinlog.internal.kafka.records.common;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Wakes the writer thread; a signal without a waiting thread is kept. Thread-safe. */
public final class WriterSignal {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition raisedNow = lock.newCondition();
  private boolean raised;

  public void raise() {
    lock.lock();
    try {
      raised = true;
      raisedNow.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Waits for a signal and consumes it, at most that long; ends early when interrupted. */
  public void await(long nanos) {
    lock.lock();
    try {
      long left = nanos;
      while (!raised && left > 0) {
        left = raisedNow.awaitNanos(left);
      }
      raised = false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }

  public static long nanos(java.time.Duration duration) {
    try {
      return duration.toNanos();
    } catch (ArithmeticException e) {
      return TimeUnit.DAYS.toNanos(1);
    }
  }
}
