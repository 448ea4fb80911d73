package dev.twinlog.testkit;

import dev.twinlog.spi.BatchHandling;
import dev.twinlog.spi.ReplicationBatch;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The buffers that an {@link InMemorySource} lends with its batches, and whether they come back. A
 * buffer that is released is overwritten at once: code that still reads it gets garbage.
 *
 * <p>Thread-safe.
 */
public final class LentBuffers {
  private static final byte NONSENSE = (byte) 0xee;

  private final AtomicLong delivered = new AtomicLong();
  private final AtomicLong released = new AtomicLong();
  private final AtomicLong releasedAgain = new AtomicLong();

  LentBuffers() {}

  /** The same records in a batch with a buffer of its own. */
  ReplicationBatch lend(ReplicationBatch batch) {
    ByteBuffer bytes =
        batch
            .encoded()
            .map(known -> ByteBuffer.allocate(known.remaining()).put(known).flip())
            .orElseGet(() -> SampleRecords.encode(batch.records()));
    AtomicBoolean back = new AtomicBoolean();
    delivered.incrementAndGet();
    return ReplicationBatch.ofEncoded(
        batch.partition(),
        bytes,
        BatchHandling.PASSED_THROUGH,
        () -> {
          if (back.compareAndSet(false, true)) {
            Arrays.fill(bytes.array(), NONSENSE);
            released.incrementAndGet();
          } else {
            releasedAgain.incrementAndGet();
          }
        });
  }

  /** How many batches were delivered. */
  public long delivered() {
    return delivered.get();
  }

  /** How many of them were released. */
  public long released() {
    return released.get();
  }

  /** How often one was released that had been released before; must be 0. */
  public long releasedAgain() {
    return releasedAgain.get();
  }

  @Override
  public String toString() {
    return "%d delivered, %d released, %d of them again"
        .formatted(delivered(), released(), releasedAgain());
  }
}
