package dev.twinlog.internal.kafka.wire.read;

import dev.twinlog.internal.kafka.wire.net.ReceivePool;
import dev.twinlog.internal.kafka.wire.net.Received;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Bounds the memory of fetched records. Batches are slices of the buffers that answers arrived in,
 * and a buffer is free again when its last slice was returned.
 *
 * <p>Invariant: no fetch is sent while the pool has lent out the bound or more, so buffers take at
 * most the bound and one answer per broker.
 *
 * <p>One exception keeps stuck partitions from stopping the others: a few small slices that are
 * never returned can keep many large buffers in use, although the engine, which counts the slices,
 * sees room and lets other partitions continue. When only a small part of the lent buffers is in
 * use, or nothing was returned for a while, fetches continue, but their batches are <em>copied</em>
 * to the heap, and the buffers are returned at once. The copies are then bounded as records on the
 * record path are: by the engine's bound on bytes in flight. So a link without stuck partitions
 * stays within the bound and one answer per broker, and one with stuck partitions within that plus
 * the engine's bound.
 *
 * <p>Confined to the reader's thread, except that slices are returned on any thread.
 */
final class FetchMemory {
  private static final long PATIENCE_NANOS = Duration.ofMillis(100).toNanos();

  /** If less than one part in so many of the lent buffers is in use, stuck partitions hold them. */
  private static final int POORLY_USED = 4;

  private final ReceivePool pool;
  private final long bound;
  private final Runnable wakeup;
  private final AtomicLong inUse = new AtomicLong();
  private volatile boolean waiting;
  private volatile boolean returned;
  private boolean copying;
  private long waitsSince;

  /**
   * Starts with nothing lent out.
   *
   * @param wakeup ends the wait of the reader's thread; called on other threads
   */
  FetchMemory(ReceivePool pool, long bound, Runnable wakeup) {
    this.pool = pool;
    this.bound = bound;
    this.wakeup = wakeup;
  }

  /** Whether a fetch may be sent now. If not, the reader is woken when it may. */
  boolean mayFetch(long now) {
    if (hasRoom()) {
      waiting = false;
      copying = false;
      return true;
    }
    if (copying) {
      return true;
    }
    if (!waiting) {
      returned = false;
      waitsSince = now;
      waiting = true;
      if (hasRoom()) { // returned before another thread could see that this one waits
        waiting = false;
        return true;
      }
    }
    if (isStuck(now)) {
      waiting = false;
      copying = true;
    }
    return copying;
  }

  /** Notes that no fetch waits for memory, as when all partitions are paused. */
  void nothingToFetch() {
    waiting = false;
  }

  private boolean hasRoom() {
    return pool.lent() < bound;
  }

  private boolean isStuck(long now) {
    if (inUse.get() < pool.lent() / POORLY_USED) {
      return true;
    }
    if (now - waitsSince < PATIENCE_NANOS) {
      return false;
    }
    if (returned) {
      returned = false;
      waitsSince = now;
      return false;
    }
    return true;
  }

  /** Returns how long until {@link #mayFetch} may change although nothing was returned. */
  long nanosToNext(long now) {
    return waiting ? Math.max(0, waitsSince + PATIENCE_NANOS - now) : Long.MAX_VALUE;
  }

  /** Whether arriving batches are to be copied to the heap. */
  boolean isCopying() {
    return copying;
  }

  /**
   * Lends a slice of an answer out.
   *
   * @return returns the slice; run once, on any thread
   */
  Runnable lend(Received holder, int bytes) {
    holder.retain();
    inUse.addAndGet(bytes);
    return () -> giveBack(holder, bytes);
  }

  private void giveBack(Received holder, int bytes) {
    holder.release();
    inUse.addAndGet(-bytes);
    if (waiting) {
      returned = true;
      if (hasRoom()) {
        wakeup.run();
      }
    }
  }
}
