package dev.twinlog.testkit.simulator;

import dev.twinlog.testkit.VirtualClock;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A thread of a simulated process that calls something that waits. It runs only while it is
 * stepped, until it waits again, and nothing else runs meanwhile: so the same seed stays the same
 * run.
 */
final class Caller<T> {
  /** What the call meets where it waits, or tells how far it is: it may end its process there. */
  interface Fate {
    void meet();
  }

  private final VirtualClock clock;
  private final Fate fate;
  private final Thread thread;
  private final Semaphore toRun = new Semaphore(0);
  private final Semaphore hasRun = new Semaphore(0);
  private @Nullable CompletableFuture<?> awaited;
  private long untilNanos;
  private boolean interrupted;
  private boolean killed;
  private boolean ended;
  private @Nullable T answer;
  private @Nullable RuntimeException failure;

  /** What has ended the thread and is no answer. */
  private @Nullable Throwable broken;

  Caller(String name, VirtualClock clock, Fate fate, Supplier<T> call) {
    this.clock = clock;
    this.fate = fate;
    this.thread = new Thread(() -> run(call), name);
    thread.setDaemon(true);
    thread.start();
  }

  private void run(Supplier<T> call) {
    toRun.acquireUninterruptibly();
    try {
      if (!killed) {
        answer = call.get();
      }
    } catch (OtherProcess.Killed e) {
      killed = true;
    } catch (Violation e) {
      broken = e;
    } catch (RuntimeException e) {
      failure = e;
    } catch (Error e) {
      broken = e;
    } finally {
      ended = true;
      hasRun.release();
    }
  }

  // On the thread of the simulation.

  /** Lets it run, if what it waits for is there; returns whether it has run. */
  boolean step() {
    if (ended || !isDue()) {
      return false;
    }
    handOver();
    return true;
  }

  private boolean isDue() {
    return awaited == null || awaited.isDone() || interrupted || clock.nanoTime() >= untilNanos;
  }

  private void handOver() {
    toRun.release();
    hasRun.acquireUninterruptibly();
    if (broken instanceof Error error) {
      throw error;
    } else if (broken instanceof RuntimeException violation) {
      throw violation;
    }
  }

  /** Interrupts it where it waits. */
  void interrupt() {
    interrupted = true;
  }

  /** Ends it where it is, as under SIGKILL. */
  void kill() {
    killed = true;
    if (isCurrent()) {
      throw new OtherProcess.Killed();
    }
    if (!ended) {
      handOver();
    }
  }

  boolean hasEnded() {
    return ended;
  }

  boolean wasKilled() {
    return killed;
  }

  /**
   * The answer of the call.
   *
   * @throws RuntimeException what the call has thrown
   */
  T answer() {
    if (failure != null) {
      throw failure;
    }
    if (answer == null) {
      throw new IllegalStateException("there is no answer");
    }
    return answer;
  }

  // On its own thread.

  /** Whether it is the thread that calls this. */
  boolean isCurrent() {
    return Thread.currentThread() == thread;
  }

  /** As {@link dev.twinlog.internal.engine.agent.LinkTime#await}. */
  <A> A await(CompletableFuture<A> wanted, long atMostNanos)
      throws InterruptedException, ExecutionException, TimeoutException {
    awaited = wanted;
    untilNanos = clock.nanoTime() + atMostNanos;
    fate.meet();
    pause();
    fate.meet();
    if (interrupted || Thread.interrupted()) {
      interrupted = false;
      throw new InterruptedException();
    }
    if (!wanted.isDone()) {
      throw new TimeoutException();
    }
    return wanted.get();
  }

  private void pause() {
    boolean wasInterrupted = Thread.currentThread().isInterrupted();
    if (wasInterrupted) {
      return; // it would not wait at all
    }
    if (!killed) {
      hasRun.release();
      toRun.acquireUninterruptibly();
    }
    if (killed) {
      throw new OtherProcess.Killed();
    }
  }
}
