package dev.twinlog.internal.engine.agent;

import java.time.Clock;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;

/**
 * The two clocks of a link, which are never mixed: wall time for timestamps and lags, monotonic
 * time for deadlines. Thread-safe.
 *
 * <p>A thread that waits for something does so by {@link #await}, so that a simulation can let time
 * pass meanwhile.
 */
public interface LinkTime {

  /** Monotonic time in nanoseconds; 0 at some time before the link was built. */
  long nanoTime();

  /** Wall time. */
  Clock clock();

  /**
   * Waits for an answer, at most this long.
   *
   * @throws ExecutionException if it is a failure
   * @throws TimeoutException if there is none in time
   */
  default <T> T await(CompletableFuture<T> answer, long atMostNanos)
      throws InterruptedException, ExecutionException, TimeoutException {
    return answer.get(atMostNanos, TimeUnit.NANOSECONDS);
  }

  /**
   * Whether the agents of an engine without threads are stepped while a thread waits by {@link
   * #await}: else nothing of it could be waited for.
   */
  default boolean stepsWhileWaiting() {
    return false;
  }

  /** Combines {@link System#nanoTime()} with this wall clock. */
  static LinkTime system(Clock clock) {
    long origin = System.nanoTime();
    return of(clock, () -> System.nanoTime() - origin);
  }

  /** Combines this wall clock with this monotonic time in nanoseconds. */
  static LinkTime of(Clock clock, LongSupplier nanoTime) {
    return new LinkTime() {
      @Override
      public long nanoTime() {
        return nanoTime.getAsLong();
      }

      @Override
      public Clock clock() {
        return clock;
      }
    };
  }
}
