package dev.twinlog.internal.kafka.wire.ledger.request;

import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.function.LongSupplier;

/**
 * A queue of delayed tasks, in the order in which they are due. Confined to the ledger's thread.
 */
public final class Timers {
  private record Timer(long dueNanos, long number, Runnable task) {}

  private final LongSupplier nanoTime;
  private final PriorityQueue<Timer> timers;
  private long last;

  public Timers(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    long origin = nanoTime.getAsLong();
    this.timers =
        new PriorityQueue<>(
            Comparator.comparingLong((Timer timer) -> timer.dueNanos() - origin)
                .thenComparingLong(Timer::number));
  }

  public long now() {
    return nanoTime.getAsLong();
  }

  public void after(long nanos, Runnable task) {
    timers.add(new Timer(now() + nanos, ++last, task));
  }

  /** Runs what is due. */
  public void run() {
    Timer first = timers.peek();
    while (first != null && first.dueNanos() - now() <= 0) {
      timers.remove();
      first.task().run();
      first = timers.peek();
    }
  }

  /** How long until the next task is due. */
  public long nanosToNext() {
    Timer first = timers.peek();
    return first == null ? Long.MAX_VALUE : Math.max(0, first.dueNanos() - now());
  }
}
