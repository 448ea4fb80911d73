package dev.twinlog.testkit.quickstart;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Closes resources in reverse order of their opening, even if some fail to close. Confined to one
 * thread.
 */
final class Cleanup implements AutoCloseable {
  private final Deque<AutoCloseable> open = new ArrayDeque<>();

  <T extends AutoCloseable> T add(T opened) {
    open.push(opened);
    return opened;
  }

  /** Closes everything though some of it may fail; the first failure is thrown. */
  @Override
  public void close() {
    // An interrupt must not cut the clean close short.
    boolean interrupted = Thread.interrupted();
    RuntimeException first = null;
    while (!open.isEmpty()) {
      try {
        open.pop().close();
      } catch (Exception e) {
        if (e instanceof InterruptedException) {
          interrupted = true;
        }
        if (first == null) {
          first = new IllegalStateException("stopping: " + e.getMessage(), e);
        } else {
          first.addSuppressed(e);
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    if (first != null) {
      throw first;
    }
  }
}
