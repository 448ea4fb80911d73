package dev.twinlog.internal.kafka.wire.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** Buffers for what is received, within and without what the JVM has outside of its heap. */
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
  void aBufferThatCameBack_isUsedAgain() {
    ByteBuffer buffer = pool.tryAllocate(SIZE);
    assertThat(buffer.remaining()).isEqualTo(SIZE);
    assertThat(pool.lent()).isEqualTo(CAPACITY);
    pool.release(buffer);
    assertThat(pool.lent()).isZero();
    assertThat(pool.tryAllocate(CAPACITY)).isSameAs(buffer);
  }

  @Test
  void withoutMemoryOutsideTheHeap_itTakesTheHeap_untilSomethingComesBack() {
    left = 1;
    ByteBuffer outside = pool.tryAllocate(SIZE);
    ByteBuffer heap = pool.tryAllocate(SIZE);
    assertThat(heap.isDirect()).isFalse();
    assertThat(heap.remaining()).isEqualTo(SIZE);
    assertThat(pool.lent()).isEqualTo(2 * CAPACITY);
    left = 1; // not asked for: nothing has come back
    assertThat(pool.tryAllocate(SIZE).isDirect()).isFalse();
    pool.release(heap);
    assertThat(pool.lent()).isEqualTo(2 * CAPACITY);
    pool.release(outside);
    assertThat(pool.tryAllocate(SIZE)).isSameAs(outside);
    assertThat(pool.tryAllocate(SIZE).isDirect()).isTrue();
  }

  @Test
  void buffersOfOthers_areNotCounted() {
    pool.release(ByteBuffer.allocate(CAPACITY));
    assertThat(pool.lent()).isZero();
  }
}
