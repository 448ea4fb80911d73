package dev.twinlog.testkit.quickstart;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Makes Ctrl-C interrupt a program, and gives it time to close its resources. Thread-safe. */
public final class OrderlyStop {
  private static final long LIMIT_SECONDS = 30;

  private final CountDownLatch ended = new CountDownLatch(1);

  private OrderlyStop() {}

  /**
   * Installs the handler for a program that runs in this thread.
   *
   * @param name of the program
   */
  public static OrderlyStop of(String name) {
    OrderlyStop stop = new OrderlyStop();
    Thread program = Thread.currentThread();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop.stop(program), name + "-stop"));
    return stop;
  }

  /** Ends the wait: the program has closed everything. */
  public void ended() {
    ended.countDown();
  }

  private void stop(Thread program) {
    if (ended.getCount() == 0) {
      return;
    }
    program.interrupt();
    try {
      ended.await(LIMIT_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
