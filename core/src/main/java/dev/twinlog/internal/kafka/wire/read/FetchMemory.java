package dev.twinlog.internal.kafka.wire.read;

import dev.twinlog.internal.kafka.wire.net.ReceivePool;
import dev.twinlog.internal.kafka.wire.net.Received;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Bounds the memory of what was fetched. Batches are slices of the buffers that answers came in,
 * and a buffer is free again when the last slice of it was given back.
 *
 * <p>Invariant: no fetch is sent while the pool has lent out the bound or more, so buffers take at
 * most the bound and one answer per broker.
 *
 * <p>One exception keeps stuck partitions from stopping the others: a few small slices that nobody
 * gives back can hold many large buffers, although the engine, which counts the slices, sees room
 * and lets other partitions go on. When the buffers above the bound hold little, or nothing came
 * back for a while, fetches go on, but what they bring is <em>copied</em> to the heap, batch by
 * batch, and their buffers go straight back. The copies are then bounded as records are on the
 * record path, by what the engine lets partitions have in flight. So a link whose partitions all
 * flow stays within the bound and one answer per broker, and one with stuck partitions within that
 * and what the engine allows.
 *
 * <p>Confined to the reader's thread, except that slices are given back on any.
 */
final class FetchMemory {
  private static final long PATIENCE_NANOS = Duration.ofMillis(100).toNanos();

  /** Buffers of which less than one part in that many is in use are held by what is stuck. */
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
   * Nothing fetched yet.
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
      if (hasRoom()) { // given back before anyone could see that we wait
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

  /** No fetch waits for memory, as when all partitions are paused. */
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

  /** How long until {@link #mayFetch} may say otherwise although nothing came back. */
  long nanosToNext(long now) {
    return waiting ? Math.max(0, waitsSince + PATIENCE_NANOS - now) : Long.MAX_VALUE;
  }

  /** Whether what arrives is to be copied to the heap. */
  boolean isCopying() {
    return copying;
  }

  /**
   * Lends a slice of an answer out.
   *
   * @return what gives it back, once, on any thread
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
