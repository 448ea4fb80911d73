package dev.twinlog.metrics.internal.page;

import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The threads that answer the requests to a status page: a fixed number of daemon threads and a
 * bounded queue. A request that takes too long, since its client sends or reads slowly, is ended,
 * so that slow clients can't keep the threads from others; one that finds the queue full is refused
 * at once.
 *
 * <p>Both are done by an interrupt: it closes the channel of a connection that is read or written,
 * now or next, and {@code HttpServer} gives the connection up. Thread-safe.
 */
public final class PageThreads implements Executor {
  private final ThreadPoolExecutor pool;
  private final ScheduledExecutorService timer;
  private final long longestNanos;

  public PageThreads(
      ThreadFactory factory,
      int threads,
      int queue,
      Duration longest,
      ScheduledExecutorService timer) {
    this.pool =
        new ThreadPoolExecutor(
            threads, threads, 1, TimeUnit.MINUTES, new ArrayBlockingQueue<>(queue), factory);
    this.timer = timer;
    this.longestNanos = longest.toNanos();
    pool.allowCoreThreadTimeOut(true);
  }

  @Override
  public void execute(Runnable exchange) {
    try {
      pool.execute(() -> run(exchange));
    } catch (RejectedExecutionException e) {
      refuse(exchange);
    }
  }

  private void run(Runnable exchange) {
    FutureTask<?> task = new FutureTask<>(exchange, null);
    Future<?> end;
    try {
      end = timer.schedule(() -> task.cancel(true), longestNanos, TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) { // the page is closing
      refuse(exchange);
      return;
    }
    task.run(); // returns only when the interrupt of a cancellation has come
    end.cancel(false);
  }

  /** Most often on the one thread that accepts connections, which must not wait for any of them. */
  private static void refuse(Runnable exchange) {
    Thread.currentThread().interrupt();
    try {
      exchange.run();
    } finally {
      Thread.interrupted();
    }
  }

  public void shutdownNow() {
    pool.shutdownNow();
  }

  public boolean awaitTermination(Duration most) throws InterruptedException {
    return pool.awaitTermination(most.toNanos(), TimeUnit.NANOSECONDS);
  }
}
