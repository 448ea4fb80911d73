package dev.twinlog.internal.kafka.wire.net;

import java.nio.ByteBuffer;

/** A receive pool whose JVM has direct memory only for buffers up to some size. */
public final class ScarcePool {
  private volatile int largest = Integer.MAX_VALUE;
  private final ReceivePool pool = new ReceivePool(this::allocate, System::nanoTime);

  private ByteBuffer allocate(int capacity) {
    if (capacity > largest) {
      throw new OutOfMemoryError("Cannot reserve %d bytes".formatted(capacity));
    }
    return ByteBuffer.allocateDirect(capacity);
  }

  /** Sets the largest buffer that can be allocated from now on. */
  public void largest(int bytes) {
    largest = bytes;
  }

  public ReceivePool pool() {
    return pool;
  }
}
