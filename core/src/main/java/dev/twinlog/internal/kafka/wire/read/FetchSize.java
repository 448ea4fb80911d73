package dev.twinlog.internal.kafka.wire.read;

import dev.twinlog.internal.kafka.wire.net.NoMemoryException;
import dev.twinlog.internal.kafka.wire.net.ReceivePool;
import java.time.Duration;

/**
 * The greatest size of a fetch: half of an answer that there was no memory for, doubled after each
 * half minute without such an answer.
 *
 * <p>A broker sends at least one batch, even if that is larger. If there is no memory even for
 * answers to the smallest fetch, none is sent for some seconds.
 *
 * <p>Confined to the reader's thread.
 */
final class FetchSize {
  static final int LEAST = 64 * 1024;

  /** The part of a buffer that the headers of the answer take. */
  private static final int OVERHEAD = 8 * 1024;

  private static final long GROW_NANOS = Duration.ofSeconds(30).toNanos();
  private static final long PAUSE_NANOS = Duration.ofSeconds(10).toNanos();

  private final ReceivePool pool;
  private final int most;
  private int bytes;
  private long changedAt;
  private boolean paused;
  private long pausedAt;

  /**
   * Starts with the greatest size.
   *
   * @param most the size while there is memory
   */
  FetchSize(ReceivePool pool, int most) {
    this.pool = pool;
    this.most = most;
    this.bytes = most;
  }

  /**
   * Adapts the size to answers that the pool had no memory for, and to the time that has passed.
   */
  void look(long now) {
    int refused = pool.takeRefused();
    if (refused > 0) {
      if (bytes <= LEAST) {
        paused = true;
        pausedAt = now;
      }
      bytes = Math.min(bytes, Math.max(LEAST, refused / 2 - OVERHEAD));
      changedAt = now;
    } else if (bytes < most && now - changedAt >= GROW_NANOS) {
      bytes = (int) Math.min(most, 2L * bytes);
      changedAt = now;
    }
    if (paused && now - pausedAt >= PAUSE_NANOS) {
      paused = false;
    }
  }

  /** Returns the size of a fetch now. */
  int bytes() {
    return bytes;
  }

  /** Whether there is no memory for the smallest answer, so that no fetch may be sent now. */
  boolean isPaused() {
    return paused;
  }

  /** Returns how long until {@link #look} may end the pause. */
  long nanosToNext(long now) {
    return paused ? Math.max(0, pausedAt + PAUSE_NANOS - now) : Long.MAX_VALUE;
  }

  /** Returns why a partition is not fetched during a pause. */
  static String trouble() {
    return "gets no fetch for some seconds, since the JVM has no memory outside the heap even for"
        + " small answers: "
        + NoMemoryException.ADVICE;
  }
}
