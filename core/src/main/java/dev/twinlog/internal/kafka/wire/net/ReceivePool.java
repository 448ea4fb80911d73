package dev.twinlog.internal.kafka.wire.net;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;
import org.apache.kafka.common.memory.MemoryPool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A pool of the direct buffers that responses are received into; a buffer is reused when nothing
 * refers to its content any more.
 *
 * <p>Direct buffers save the JDK a copy for the socket, but a new one is zeroed by the JDK and
 * faulted in by the kernel, page by page. So the pool keeps as many bytes, in use and idle
 * together, as were in use at once within the last one to two minutes: a link that is at work gets
 * by without new buffers, and what it does not need any more is left to the garbage collector.
 * There are four sizes for each power of two, and a response may get a buffer of up to twice its
 * own.
 *
 * <p>The pool is a cache and not a limit: a buffer that is never released is garbage-collected.
 * Memory is bounded because a reader sends no further fetches while too many bytes are in use, see
 * {@link #lent()}.
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
  private static final int STEPS = 4;

  /** Up to a gigabyte. */
  private static final int CLASSES = (30 - SMALLEST_BITS) * STEPS + 1;

  private static final Logger LOG = LoggerFactory.getLogger(ReceivePool.class);

  private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);

  private final IntFunction<ByteBuffer> jvm;
  private final LongSupplier nanoTime;
  private final Deque<ByteBuffer>[] idle;
  private long idleBytes;
  private long lent;
  private long minuteBegan;
  private long mostLent;
  private long mostLentBefore;
  private int refused;
  private long warnedAt;
  private volatile boolean exhausted;
  private volatile Runnable onRoom = () -> {};

  /** Creates an empty pool. */
  public ReceivePool() {
    this(ByteBuffer::allocateDirect, System::nanoTime);
  }

  /**
   * Creates a pool with another allocator, and another clock.
   *
   * @param jvm allocates so many bytes, or throws an {@link OutOfMemoryError}
   */
  ReceivePool(IntFunction<ByteBuffer> jvm, LongSupplier nanoTime) {
    this.jvm = jvm;
    this.nanoTime = nanoTime;
    this.minuteBegan = nanoTime.getAsLong();
    this.warnedAt = minuteBegan - MINUTE;
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
    int capacity = capacityOf(index);
    synchronized (this) {
      passTime();
      ByteBuffer kept = takeIdle(index);
      lend(kept == null ? capacity : kept.capacity());
      if (kept != null) {
        return kept.clear().limit(size);
      }
      dropIdle(index);
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
    long now = nanoTime.getAsLong();
    if (now - warnedAt >= MINUTE) {
      warnedAt = now;
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

  /** Notes that a minute has passed, and drops the idle buffers that it has not needed. */
  private void passTime() {
    long now = nanoTime.getAsLong();
    long passed = now - minuteBegan;
    if (passed >= MINUTE) {
      mostLentBefore = passed < 2 * MINUTE ? mostLent : lent;
      mostLent = lent;
      minuteBegan = now;
      dropIdle(CLASSES);
    }
  }

  private void lend(int capacity) {
    lent += capacity;
    mostLent = Math.max(mostLent, lent);
  }

  /** The bytes that are kept, in use and idle together. */
  private long mostKept() {
    return Math.max(mostLent, mostLentBefore);
  }

  private @Nullable ByteBuffer takeIdle(int index) {
    int last = Math.min(CLASSES - 1, index + STEPS); // twice the size
    for (int i = index; i <= last; i++) {
      ByteBuffer kept = idle[i].pollLast();
      if (kept != null) {
        idleBytes -= kept.capacity();
        return kept;
      }
    }
    return null;
  }

  /** Drops idle buffers until no more is kept than was needed; those of the size last. */
  private void dropIdle(int wanted) {
    for (int i = CLASSES - 1; i >= 0 && lent + idleBytes > mostKept(); i--) {
      if (i != wanted) {
        dropIdleOf(i);
      }
    }
    if (wanted < CLASSES) {
      dropIdleOf(wanted);
    }
  }

  private void dropIdleOf(int index) {
    while (!idle[index].isEmpty() && lent + idleBytes > mostKept()) {
      idleBytes -= idle[index].removeFirst().capacity();
    }
  }

  @Override
  public void release(ByteBuffer buffer) {
    int capacity = buffer.capacity();
    int index = indexOf(capacity);
    if (index >= CLASSES || capacity != capacityOf(index) || !buffer.isDirect()) {
      return; // not of this pool: authenticators allocate their own buffers
    }
    synchronized (this) {
      passTime();
      lent -= capacity;
      if (lent + idleBytes + capacity <= mostKept()) {
        idleBytes += capacity;
        idle[index].addLast(buffer);
      }
    }
    if (exhausted) {
      exhausted = false;
      onRoom.run();
    }
  }

  /** The number of the smallest of the pool's sizes that is not less than that one. */
  private static int indexOf(int size) {
    int last = Math.max(1 << SMALLEST_BITS, size) - 1;
    int bits = Integer.SIZE - 1 - Integer.numberOfLeadingZeros(last);
    int steps = bits < SMALLEST_BITS ? STEPS : (last >> (bits - 2)) - STEPS + 1;
    return Math.max(0, (bits - SMALLEST_BITS) * STEPS + steps);
  }

  private static int capacityOf(int index) {
    int steps = index % STEPS;
    int base = 1 << (SMALLEST_BITS + index / STEPS);
    return base + steps * (base / STEPS);
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
