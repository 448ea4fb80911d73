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
 * Buffers that answers are received into, used again when everything in them has been handed on.
 *
 * <p>They lie outside the heap, so that the system copies to and from the socket without a stop in
 * between. Sizes are powers of two, which wastes less than half and lets a buffer fit the next
 * answer. The pool is a cache and no limit: a buffer that is never given back is collected like any
 * other object. What bounds memory is that a reader asks for no more while too much is lent out,
 * see {@link #lent()}.
 *
 * <p>Where the JVM has no memory left outside the heap ({@code -XX:MaxDirectMemorySize}, which is
 * as large as the heap unless it is set), nothing more is received until a buffer comes back, as in
 * a broker whose {@code queued.max.request.bytes} are used up. If none can come back, the answer is
 * given up with its connection. In both cases {@link #takeRefused()} says so, for whoever asks the
 * questions to ask for smaller answers. Buffers in the heap would not help: the JDK copies through
 * memory outside of it.
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
   * A pool.
   *
   * @param mostIdleBytes what it keeps at most for later use
   */
  public ReceivePool(long mostIdleBytes) {
    this(mostIdleBytes, ByteBuffer::allocateDirect);
  }

  /**
   * The same with other memory.
   *
   * @param jvm gives so many bytes, or throws an {@link OutOfMemoryError}
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
   * Who is told that there is memory again after there was none.
   *
   * @param told on any thread
   */
  void whenThereIsRoom(Runnable told) {
    onRoom = told;
  }

  /**
   * A buffer.
   *
   * @return null if there is no memory until another buffer comes back
   * @throws NoMemoryException if there is none, and none of this pool that could come back
   */
  @Override
  @SuppressWarnings("NullAway") // MemoryPool's contract, which its type does not say
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

  /** The size of the smallest buffer that there was no memory for since the last call, or 0. */
  public synchronized int takeRefused() {
    int taken = refused;
    refused = 0;
    return taken;
  }

  /** Nothing came of a buffer of that size: lets go of all that is not in use. */
  private synchronized boolean mustWait(int capacity) {
    lent -= capacity;
    for (Deque<ByteBuffer> each : idle) {
      each.clear();
    }
    idleBytes = 0;
    exhausted = lent > 0;
    return exhausted;
  }

  /** Lets go of idle buffers of other sizes, so that what is kept follows what is needed. */
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
      return; // not of this pool: authenticators receive into buffers of their own
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

  /** The bytes of all buffers that were given out and not given back. */
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
