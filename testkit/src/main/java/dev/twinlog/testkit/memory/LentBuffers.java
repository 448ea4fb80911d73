package dev.twinlog.testkit.memory;

/**
 * Counts the buffers that an in-memory source lends with its batches, and their releases. A buffer
 * that is released is overwritten at once: code that still reads it gets garbage.
 *
 * <p>Thread-safe.
 */
public interface LentBuffers {
  /** How many batches were delivered. */
  long delivered();

  /** How many batches were released. */
  long released();

  /** How often a batch was released a second time; must be 0. */
  long releasedAgain();
}
