package dev.twinlog.internal.kafka.wire.ledger;

import java.time.Duration;
import java.util.concurrent.ThreadFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The thread of a ledger. */
public final class LedgerThread implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LedgerThread.class);
  private static final long LONGEST_NANOS = Duration.ofSeconds(10).toNanos();
  private static final Duration CLOSE = Duration.ofSeconds(3);

  private final Ledger ledger;
  private final Thread thread;
  private volatile boolean ending;

  /** Begins to do what the ledger is asked. */
  public LedgerThread(Ledger ledger, ThreadFactory threads) {
    this.ledger = ledger;
    this.thread = threads.newThread(this::run);
    thread.start();
  }

  public Ledger ledger() {
    return ledger;
  }

  /** Whether the ledger is still at work: an error that nobody knows of ends it. */
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
      LOG.error("{} ended; the next recovery begins with another one", thread.getName(), e);
    }
  }

  /** Lets the thread end, and with it the ledger; does not wait. Idempotent. */
  void end() {
    ending = true;
    ledger.wakeup();
  }

  /** Ends the thread, and with it the ledger. Idempotent. */
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
