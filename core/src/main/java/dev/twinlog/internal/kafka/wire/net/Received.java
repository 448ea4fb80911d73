package dev.twinlog.internal.kafka.wire.net;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A reference-counted response in a buffer of the pool. A caller that keeps slices of it beyond the
 * callback {@link #retain() retains} it, once for each, and {@link #release() releases} it later,
 * on any thread; the last release returns the buffer to the pool.
 */
public final class Received {
  private final ByteBuffer payload;
  private final ReceivePool pool;
  private final AtomicInteger holders = new AtomicInteger(1);

  /** Creates a response that only the caller holds. */
  public Received(ByteBuffer payload, ReceivePool pool) {
    this.payload = payload;
    this.pool = pool;
  }

  /** The response without its header. */
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
