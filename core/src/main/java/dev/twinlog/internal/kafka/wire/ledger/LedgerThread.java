package dev.twinlog.internal.kafka.wire.ledger;

import java.time.Duration;
import java.util.concurrent.ThreadFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs a ledger in a thread of its own. */
public final class LedgerThread implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LedgerThread.class);
  private static final long LONGEST_NANOS = Duration.ofSeconds(10).toNanos();
  private static final Duration CLOSE = Duration.ofSeconds(3);

  private final Ledger ledger;
  private final Thread thread;
  private volatile boolean ending;

  /** Starts the thread. */
  public LedgerThread(Ledger ledger, ThreadFactory threads) {
    this.ledger = ledger;
    this.thread = threads.newThread(this::run);
    thread.start();
  }

  public Ledger ledger() {
    return ledger;
  }

  /** Whether the thread is running: an unexpected error ends it. */
  public boolean isAlive() {
    return thread.isAlive() && !ending;
  }

  private void run() {
    try (ledger) {
      while (!ending) {
        ledger.poll(LONGEST_NANOS);
        ending |= ledger.isOutdated();
      }
    } catch (RuntimeException e) {
      ending = true;
      LOG.error("{} ended; the next recovery starts another one", thread.getName(), e);
    }
  }

  /** Makes the thread end and close the ledger; does not wait. Idempotent. */
  void end() {
    ending = true;
    ledger.wakeup();
  }

  /** Ends the thread, closes the ledger and waits for both. Idempotent. */
  @Override
  public void close() {
    end();
    try {
      thread.join(CLOSE.toMillis());
      if (thread.isAlive()) {
        LOG.warn("{} did not end in time", thread.getName());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
