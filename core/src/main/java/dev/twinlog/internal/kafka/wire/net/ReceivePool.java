package dev.twinlog.internal.kafka.wire.net;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Set;
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
 * as large as the heap unless it is set), buffers lie in the heap until one of the others comes
 * back.
 *
 * <p>Thread-safe.
 */
public final class ReceivePool implements MemoryPool {
  private static final Logger LOG = LoggerFactory.getLogger(ReceivePool.class);
  private static final int SMALLEST_BITS = 10;
  private static final int CLASSES = Integer.SIZE - 1 - SMALLEST_BITS;

  private final IntFunction<ByteBuffer> outside;
  private final long mostIdle;
  private final Deque<ByteBuffer>[] idle;
  private long idleBytes;
  private long lent;

  /** Buffers in the heap that were given out. */
  private final Set<ByteBuffer> inHeap = Collections.newSetFromMap(new IdentityHashMap<>());

  /** Since the JVM had no memory outside the heap nothing has come back that is there. */
  private boolean scarce;

  /**
   * A pool.
   *
   * @param mostIdleBytes what it keeps at most for later use
   */
  public ReceivePool(long mostIdleBytes) {
    this(mostIdleBytes, ByteBuffer::allocateDirect);
  }

  /**
   * A pool that gets its buffers from elsewhere.
   *
   * @param outside gives a buffer outside of the heap
   */
  ReceivePool(long mostIdleBytes, IntFunction<ByteBuffer> outside) {
    this.outside = outside;
    this.mostIdle = mostIdleBytes;
    @SuppressWarnings({"unchecked", "rawtypes"})
    Deque<ByteBuffer>[] classes = new Deque[CLASSES];
    for (int i = 0; i < CLASSES; i++) {
      classes[i] = new ArrayDeque<>(0);
    }
    this.idle = classes;
  }

  @Override
  public ByteBuffer tryAllocate(int size) {
    int index = indexOf(size);
    if (index >= CLASSES) {
      return ByteBuffer.allocateDirect(size); // above a gigabyte
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
    return allocate(capacity).limit(size);
  }

  private ByteBuffer allocate(int capacity) {
    if (!isScarce()) {
      try {
        return outside.apply(capacity);
      } catch (OutOfMemoryError e) {
        LOG.debug("{} bytes are received into the heap: {}", capacity, e.getMessage());
        spill();
      }
    }
    ByteBuffer buffer = ByteBuffer.allocate(capacity);
    synchronized (this) {
      inHeap.add(buffer);
    }
    return buffer;
  }

  private synchronized boolean isScarce() {
    return scarce;
  }

  private synchronized void spill() {
    scarce = true;
    for (Deque<ByteBuffer> each : idle) {
      each.clear();
    }
    idleBytes = 0;
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
    synchronized (this) {
      if (inHeap.remove(buffer)) {
        lent -= capacity;
        return;
      }
      if (index >= CLASSES || capacity != 1 << (index + SMALLEST_BITS) || !buffer.isDirect()) {
        return; // not of this pool: authenticators receive into buffers of their own
      }
      scarce = false;
      lent -= capacity;
      if (idleBytes + capacity <= mostIdle) {
        idleBytes += capacity;
        idle[index].addLast(buffer);
      }
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
    return false;
  }
}
