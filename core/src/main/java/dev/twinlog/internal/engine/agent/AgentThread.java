package dev.twinlog.internal.engine.agent;

import java.time.Duration;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Runs one agent on a thread of its own until the agent has finished. */
public final class AgentThread {
  private static final long IDLE_LIMIT_NANOS = Duration.ofSeconds(1).toNanos();

  private final Agent agent;
  private final LinkTime time;
  private final Consumer<Throwable> onCrash;
  private final Thread thread;

  public AgentThread(
      Agent agent, LinkTime time, ThreadFactory factory, Consumer<Throwable> onCrash) {
    this.agent = agent;
    this.time = time;
    this.onCrash = onCrash;
    this.thread = factory.newThread(this::run);
  }

  public void start() {
    thread.start();
  }

  private void run() {
    try {
      while (!agent.finished()) {
        Thread.interrupted(); // an interrupt was meant for one blocked call, which has ended
        long untilDeadline = agent.nextDeadlineNanos() - time.nanoTime();
        agent.step(Duration.ofNanos(Math.max(0, Math.min(IDLE_LIMIT_NANOS, untilDeadline))));
      }
    } catch (RuntimeException | Error e) {
      onCrash.accept(e); // else the partitions of the agent would stay as they are, unnoticed
      if (e instanceof Error error) {
        throw error;
      }
    } finally {
      agent.close();
    }
  }

  boolean isAlive() {
    return thread.isAlive();
  }

  /** Whether it was started, and has ended. */
  public boolean hasEnded() {
    return thread.getState() == Thread.State.TERMINATED;
  }

  public boolean isCurrent() {
    return Thread.currentThread() == thread;
  }

  /** Interrupts a blocked call, as the last resort of a bounded close. */
  public void interrupt() {
    thread.interrupt();
  }

  /** Waits for the end of the thread, unless this is the current one; true if it ended. */
  public boolean join(Duration timeout) {
    if (isCurrent()) {
      return true;
    }
    try {
      thread.join(Math.max(1, timeout.toMillis()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return !thread.isAlive();
  }

  /**
   * As {@link #join}, in spite of interrupts, which may have been meant for an earlier call that
   * has just ended; afterwards the calling thread is interrupted again.
   */
  public boolean joinUninterruptibly(Duration timeout) {
    return isCurrent() || joinUninterruptibly(thread, timeout);
  }

  /** As {@link #joinUninterruptibly(Duration)}, of any other thread. */
  public static boolean joinUninterruptibly(Thread thread, Duration timeout) {
    long end = System.nanoTime() + timeout.toNanos();
    boolean interrupted = false;
    do {
      try {
        long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
        thread.join(Math.max(1, left));
      } catch (InterruptedException e) {
        interrupted = true;
      }
    } while (thread.isAlive() && System.nanoTime() < end);
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return !thread.isAlive();
  }
}
