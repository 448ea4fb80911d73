package dev.twinlog.internal.kafka.wire.net;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import org.apache.kafka.common.memory.MemoryPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A pool of the direct buffers that responses are received into; a buffer is reused when nothing
 * refers to its content any more.
 *
 * <p>Direct buffers save the JDK a copy for the socket. Sizes are powers of two, which wastes less
 * than half and lets a buffer fit the next response. The pool is a cache and not a limit: a buffer
 * that is never released is garbage-collected. Memory is bounded because a reader sends no further
 * fetches while too many bytes are in use, see {@link #lent()}.
 *
 * <p>If the JVM has no direct memory left ({@code -XX:MaxDirectMemorySize}, by default the size of
 * the heap), nothing more is received until a buffer is released, as in a broker whose {@code
 * queued.max.request.bytes} are used up. If no buffer of this pool is in use, the response is
 * dropped and its connection closed. In both cases {@link #takeRefused()} returns the size, so that
 * the caller can request smaller responses. Heap buffers would not help: the JDK copies them
 * through direct memory.
 *
 * <p>Thread-safe.
 */
public final class ReceivePool implements MemoryPool {
  private static final int SMALLEST_BITS = 10;
  private static final int CLASSES = Integer.SIZE - 1 - SMALLEST_BITS;

  private static final Logger LOG = LoggerFactory.getLogger(ReceivePool.class);

  private static final long QUIET_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final IntFunction<ByteBuffer> jvm;
  private final long mostIdle;
  private final Deque<ByteBuffer>[] idle;
  private long idleBytes;
  private long lent;
  private int refused;
  private long warnedAt = System.nanoTime() - QUIET_NANOS;
  private volatile boolean exhausted;
  private volatile Runnable onRoom = () -> {};

  /**
   * Creates a pool.
   *
   * @param mostIdleBytes how many idle bytes it keeps at most
   */
  public ReceivePool(long mostIdleBytes) {
    this(mostIdleBytes, ByteBuffer::allocateDirect);
  }

  /**
   * Creates a pool with another allocator.
   *
   * @param jvm allocates so many bytes, or throws an {@link OutOfMemoryError}
   */
  ReceivePool(long mostIdleBytes, IntFunction<ByteBuffer> jvm) {
    this.jvm = jvm;
    this.mostIdle = mostIdleBytes;
    @SuppressWarnings({"unchecked", "rawtypes"})
    Deque<ByteBuffer>[] classes = new Deque[CLASSES];
    for (int i = 0; i < CLASSES; i++) {
      classes[i] = new ArrayDeque<>(0);
    }
    this.idle = classes;
  }

  /**
   * Sets what runs when there is memory again after there was none.
   *
   * @param callback runs on any thread
   */
  void whenThereIsRoom(Runnable callback) {
    onRoom = callback;
  }

  /**
   * Allocates a buffer.
   *
   * @return null if there is no memory until another buffer is released
   * @throws NoMemoryException if there is no memory, and no buffer of this pool is in use
   */
  @Override
  @SuppressWarnings("NullAway") // MemoryPool's contract allows null, its type doesn't say so
  public ByteBuffer tryAllocate(int size) {
    if (exhausted) {
      return null;
    }
    int index = indexOf(size);
    if (index >= CLASSES) {
      return aboveAGigabyte(size);
    }
    int capacity = 1 << (index + SMALLEST_BITS);
    synchronized (this) {
      lent += capacity;
      ByteBuffer kept = idle[index].pollLast();
      if (kept != null) {
        idleBytes -= capacity;
        return kept.clear().limit(size);
      }
      makeRoom(index, capacity);
    }
    try {
      return jvm.apply(capacity).limit(size);
    } catch (OutOfMemoryError e) {
      boolean waits = mustWait(capacity);
      NoMemoryException cause = refuse(capacity, e);
      if (waits) {
        return null;
      }
      throw cause;
    }
  }

  private ByteBuffer aboveAGigabyte(int size) {
    try {
      return jvm.apply(size);
    } catch (OutOfMemoryError e) {
      throw refuse(size, e);
    }
  }

  private synchronized NoMemoryException refuse(int capacity, OutOfMemoryError e) {
    refused = refused == 0 ? capacity : Math.min(refused, capacity);
    NoMemoryException cause = new NoMemoryException(capacity, e);
    if (System.nanoTime() - warnedAt >= QUIET_NANOS) {
      warnedAt = System.nanoTime();
      LOG.warn("{}", cause.getMessage());
    }
    return cause;
  }

  /** The size of the smallest buffer that could not be allocated since the last call, or 0. */
  public synchronized int takeRefused() {
    int taken = refused;
    refused = 0;
    return taken;
  }

  /**
   * Drops all idle buffers after a failed allocation; returns whether a buffer in use can be waited
   * for.
   */
  private synchronized boolean mustWait(int capacity) {
    lent -= capacity;
    for (Deque<ByteBuffer> each : idle) {
      each.clear();
    }
    idleBytes = 0;
    exhausted = lent > 0;
    return exhausted;
  }

  /** Drops idle buffers of other sizes, so that the pool keeps the sizes that are needed. */
  private void makeRoom(int wanted, int capacity) {
    for (int i = CLASSES - 1; i >= 0 && idleBytes + capacity > mostIdle; i--) {
      while (i != wanted && !idle[i].isEmpty() && idleBytes + capacity > mostIdle) {
        idleBytes -= idle[i].removeFirst().capacity();
      }
    }
  }

  @Override
  public void release(ByteBuffer buffer) {
    int capacity = buffer.capacity();
    int index = indexOf(capacity);
    if (index >= CLASSES || capacity != 1 << (index + SMALLEST_BITS) || !buffer.isDirect()) {
      return; // not of this pool: authenticators allocate their own buffers
    }
    synchronized (this) {
      lent -= capacity;
      if (idleBytes + capacity <= mostIdle) {
        idleBytes += capacity;
        idle[index].addLast(buffer);
      }
    }
    if (exhausted) {
      exhausted = false;
      onRoom.run();
    }
  }

  private static int indexOf(int size) {
    int bits = Integer.SIZE - Integer.numberOfLeadingZeros(Math.max(1, size) - 1);
    return Math.max(0, bits - SMALLEST_BITS);
  }

  /** The bytes of all buffers that are in use. */
  public synchronized long lent() {
    return lent;
  }

  @Override
  public long size() {
    return Long.MAX_VALUE;
  }

  @Override
  public long availableMemory() {
    return Long.MAX_VALUE;
  }

  @Override
  public boolean isOutOfMemory() {
    return exhausted;
  }
}
