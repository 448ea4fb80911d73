package dev.twinlog.testkit.internal.net;

import java.nio.channels.Selector;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** A queue of actions that other threads post to the relay's thread. Thread-safe. */
final class Mailbox {
  private static final long LIMIT_SECONDS = 30;

  private final Queue<FutureTask<?>> posted = new ArrayDeque<>();
  private boolean open = true;
  private @Nullable Throwable failure;

  /**
   * Posts an action for the thread that waits at this selector.
   *
   * @throws IllegalStateException if that thread has ended
   */
  Future<?> post(Runnable action, Selector selector) {
    FutureTask<?> task = new FutureTask<@Nullable Void>(action, null);
    synchronized (this) {
      if (!open) {
        throw new IllegalStateException(
            failure == null ? "the link is closed" : "the link has failed", failure);
      }
      posted.add(task);
      // Under the lock, since the selector may be closed after end().
      selector.wakeup();
    }
    return task;
  }

  /** Wakes the thread that waits at this selector, if it has not ended. */
  synchronized void wake(Selector selector) {
    if (open) {
      selector.wakeup();
    }
  }

  /** Runs the posted actions, on the relay's thread; returns whether there were any. */
  boolean run() {
    boolean any = false;
    for (FutureTask<?> task = poll(); task != null; task = poll()) {
      task.run();
      any = true;
    }
    return any;
  }

  /** Whether no action waits to be run. */
  synchronized boolean isEmpty() {
    return posted.isEmpty();
  }

  private synchronized @Nullable FutureTask<?> poll() {
    return posted.poll();
  }

  /** Accepts no more actions. */
  synchronized void end(@Nullable Throwable cause) {
    open = false;
    failure = cause;
    posted.forEach(task -> task.cancel(false));
    posted.clear();
  }

  /** Waits until an action is done. */
  static void await(Future<?> action) {
    try {
      action.get(LIMIT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new IllegalStateException("the link failed: " + e.getCause(), e.getCause());
    } catch (CancellationException e) {
      throw new IllegalStateException("the link is closed", e);
    } catch (TimeoutException e) {
      throw new IllegalStateException("the link did not react within " + LIMIT_SECONDS + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for the link", e);
    }
  }
}
