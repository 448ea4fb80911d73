package dev.twinlog;

import java.util.Iterator;

/**
 * An iterator that holds connections until it is closed. Not thread-safe.
 *
 * @param <T> what it returns
 */
public interface CloseableIterator<T> extends Iterator<T>, AutoCloseable {

  /** Releases everything, within seconds; idempotent. */
  @Override
  void close();
}
