package dev.twinlog.internal.kafka.wire.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Tests how a {@link ReceivePool} reuses buffers, and what it does without direct memory. */
final class ReceivePoolTest {
  private static final int SIZE = 4_000;
  private static final int CAPACITY = 4_096;
  private static final long MINUTE = Duration.ofMinutes(1).toNanos();

  private int left = Integer.MAX_VALUE;
  private int allocated;
  private long now;
  private final ReceivePool pool = new ReceivePool(this::allocate, () -> now);

  private ByteBuffer allocate(int capacity) {
    allocated++;
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
  void aBuffer_isAtMostAQuarterLargerThanItsResponse() {
    for (int size = 1; size <= 1 << 21; size += 1 + size / 100) {
      ByteBuffer buffer = pool.tryAllocate(size);
      assertThat(buffer.remaining()).isEqualTo(size);
      assertThat(pool.lent()).isBetween((long) size, Math.max(1024L, size * 5L / 4));
      pool.release(buffer);
      now += 2 * MINUTE; // none is kept
    }
  }

  @Test
  void aSmallerResponse_getsABufferOfUpToTwiceItsSize() {
    ByteBuffer buffer = pool.tryAllocate(CAPACITY);
    pool.release(buffer);
    assertThat(pool.tryAllocate(CAPACITY / 2)).isSameAs(buffer);
    assertThat(pool.lent()).isEqualTo(CAPACITY);
    pool.release(buffer);
    assertThat(pool.tryAllocate(CAPACITY / 2 - 512)).isNotSameAs(buffer);
  }

  /** The target is slower than the source, so that the reader fetches whenever it may. */
  @Test
  void aLinkAtWork_getsByWithoutNewBuffers() {
    Random random = new Random(1);
    Deque<ByteBuffer> inUse = new ArrayDeque<>();
    int warm = 0;
    for (int response = 0; response < 100_000; response++) {
      while (pool.lent() >= 64 * CAPACITY) {
        pool.release(inUse.removeFirst());
      }
      inUse.addLast(pool.tryAllocate(CAPACITY / 2 + random.nextInt(CAPACITY / 2)));
      now += MINUTE / 1_000;
      if (response == 1_000) {
        warm = allocated;
      }
    }
    assertThat(warm).isLessThan(300);
    assertThat(allocated - warm).as("for 99,000 responses").isLessThan(10);
  }

  @Test
  void whatWasNotNeededForTwoMinutes_isDropped() {
    ByteBuffer first = pool.tryAllocate(SIZE);
    ByteBuffer second = pool.tryAllocate(SIZE);
    pool.release(second);
    pool.release(first);
    for (int minute = 0; minute < 2; minute++) {
      now += MINUTE;
      assertThat(pool.tryAllocate(SIZE)).isSameAs(first);
      pool.release(first);
    }
    assertThat(pool.tryAllocate(SIZE)).isSameAs(first);
    assertThat(pool.tryAllocate(SIZE)).isNotSameAs(second);
    assertThat(allocated).isEqualTo(3);
  }

  @Test
  void buffersOfOtherSizes_giveWay() {
    ByteBuffer large = pool.tryAllocate(4 * CAPACITY);
    pool.release(large);
    ByteBuffer small = pool.tryAllocate(CAPACITY);
    assertThat(pool.tryAllocate(4 * CAPACITY)).isNotSameAs(large);
    assertThat(small.capacity()).isEqualTo(CAPACITY);
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
