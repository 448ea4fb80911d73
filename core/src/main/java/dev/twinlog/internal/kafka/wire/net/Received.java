package dev.twinlog.internal.kafka.wire.net;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An answer in a buffer of the pool. Whoever keeps slices of it beyond the call that brought it
 * {@link #retain() retains} it, once for each, and {@link #release() releases} it later, on any
 * thread; the last one gives the buffer back.
 */
public final class Received {
  private final ByteBuffer payload;
  private final ReceivePool pool;
  private final AtomicInteger holders = new AtomicInteger(1);

  /** An answer that nobody but the caller holds. */
  public Received(ByteBuffer payload, ReceivePool pool) {
    this.payload = payload;
    this.pool = pool;
  }

  /** The answer, behind its header. */
  public ByteBuffer payload() {
    return payload;
  }

  public void retain() {
    holders.incrementAndGet();
  }

  public void release() {
    int left = holders.decrementAndGet();
    assert left >= 0 : "released more often than retained";
    if (left == 0) {
      pool.release(payload);
    }
  }
}
