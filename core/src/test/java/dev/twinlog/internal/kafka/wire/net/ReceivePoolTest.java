package dev.twinlog.internal.kafka.wire.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Tests how a {@link ReceivePool} reuses buffers, and what it does without direct memory. */
final class ReceivePoolTest {
  private static final int SIZE = 3_000;
  private static final int CAPACITY = 4_096;

  private int left = Integer.MAX_VALUE;
  private final ReceivePool pool = new ReceivePool(2 * CAPACITY, this::allocate);

  private ByteBuffer allocate(int capacity) {
    if (left-- <= 0) {
      throw new OutOfMemoryError("Cannot reserve direct buffer memory");
    }
    return ByteBuffer.allocateDirect(capacity);
  }

  @Test
  void aReleasedBuffer_isReused() {
    ByteBuffer buffer = pool.tryAllocate(SIZE);
    assertThat(buffer.remaining()).isEqualTo(SIZE);
    assertThat(pool.lent()).isEqualTo(CAPACITY);
    pool.release(buffer);
    assertThat(pool.lent()).isZero();
    assertThat(pool.tryAllocate(CAPACITY)).isSameAs(buffer);
  }

  @Test
  void withoutMemory_nothingIsAllocatedUntilABufferIsReleased() {
    AtomicInteger callbacks = new AtomicInteger();
    pool.whenThereIsRoom(callbacks::incrementAndGet);
    ByteBuffer first = pool.tryAllocate(SIZE);
    ByteBuffer second = pool.tryAllocate(SIZE);
    left = 0;
    assertThat(pool.tryAllocate(SIZE)).isNull();
    assertThat(pool.isOutOfMemory()).isTrue();
    assertThat(pool.lent()).isEqualTo(2 * CAPACITY);
    left = 1; // not used: the pool waits for a released buffer
    assertThat(pool.tryAllocate(SIZE)).isNull();
    pool.release(first);
    pool.release(second);
    assertThat(callbacks).hasValue(1);
    assertThat(pool.isOutOfMemory()).isFalse();
    assertThat(pool.tryAllocate(SIZE)).isSameAs(second);
  }

  @Test
  void withoutMemory_andNoBufferInUse_itThrows() {
    pool.release(pool.tryAllocate(SIZE));
    left = 0;
    assertThatThrownBy(() -> pool.tryAllocate(2 * CAPACITY))
        .isInstanceOf(NoMemoryException.class)
        .hasMessageContainingAll("-XX:MaxDirectMemorySize", "maxInFlightBytes");
    assertThat(pool.lent()).isZero();
    assertThat(pool.takeRefused()).isEqualTo(2 * CAPACITY);
    assertThat(pool.takeRefused()).isZero();
    left = 1;
    assertThat(pool.tryAllocate(SIZE).remaining()).isEqualTo(SIZE);
  }

  @Test
  void buffersOfOthers_areNotCounted() {
    pool.release(ByteBuffer.allocate(CAPACITY));
    assertThat(pool.lent()).isZero();
  }
}
