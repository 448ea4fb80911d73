package dev.twinlog.internal.engine.lane;

import dev.twinlog.spi.ReplicationBatch;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Bounds the bytes of batches that a lane has read and the target has not yet acknowledged.
 *
 * <p>A session may use as much as is still free. One session alone gets half of the capacity, and
 * <i>k</i> sessions without acknowledgements leave a share of {@code capacity / (k + 1)} to the
 * others, so that slow partitions never starve the others. This is the dynamic threshold of
 * Choudhury and Hahne, "Dynamic Queue Length Thresholds for Shared-Memory Packet Switches",
 * IEEE/ACM Transactions on Networking 6(2), 1998, with alpha = 1.
 *
 * <p>Thread-safe.
 */
final class MemoryBudget {
  private static final int RECORD_OBJECTS = 96;

  private final long capacity;
  private final AtomicLong used = new AtomicLong();

  MemoryBudget(long capacity) {
    this.capacity = capacity;
  }

  /**
   * The bytes that a batch uses. A decoded batch has objects for each record and its parts, so that
   * even empty records count.
   */
  static long weight(ReplicationBatch batch) {
    long objects = batch.encoded().isPresent() ? 0 : (long) batch.recordCount() * RECORD_OBJECTS;
    return batch.sizeInBytes() + objects;
  }

  void acquire(long bytes) {
    used.addAndGet(bytes);
  }

  void release(long bytes) {
    long left = used.addAndGet(-bytes);
    assert left >= 0 : "released more than was acquired: " + left;
  }

  long used() {
    return used.get();
  }

  /** Whether a session that uses {@code mine} bytes must pause reading. */
  boolean overShare(long mine) {
    return mine >= capacity - used.get();
  }

  /** Whether nothing is left, so that all sessions must pause reading. */
  boolean isExhausted() {
    return used.get() >= capacity;
  }

  /** Whether a paused session may resume; with hysteresis, so that it doesn't alternate. */
  boolean mayResume(long mine) {
    long free = capacity - used.get();
    return free > capacity / 8 && 2 * mine <= free;
  }
}
