package dev.twinlog.testkit.internal.memory;

import dev.twinlog.spi.BatchHandling;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.testkit.internal.records.EncodedRecords;
import dev.twinlog.testkit.memory.LentBuffers;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Lends a buffer with each batch, counts the releases, and overwrites released buffers.
 * Thread-safe.
 */
public final class BufferLender implements LentBuffers {
  private static final byte NONSENSE = (byte) 0xee;

  private final AtomicLong delivered = new AtomicLong();
  private final AtomicLong released = new AtomicLong();
  private final AtomicLong releasedAgain = new AtomicLong();

  /** The same records in a batch with a buffer of its own. */
  ReplicationBatch lend(ReplicationBatch batch) {
    ByteBuffer bytes =
        batch
            .encoded()
            .map(known -> ByteBuffer.allocate(known.remaining()).put(known).flip())
            .orElseGet(() -> EncodedRecords.encode(batch.records()));
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

  @Override
  public long delivered() {
    return delivered.get();
  }

  @Override
  public long released() {
    return released.get();
  }

  @Override
  public long releasedAgain() {
    return releasedAgain.get();
  }

  @Override
  public String toString() {
    return "%d delivered, %d released, %d of them again"
        .formatted(delivered(), released(), releasedAgain());
  }
}
