package dev.twinlog.internal.kafka.wire.read;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.internal.kafka.wire.net.NoMemoryException;
import dev.twinlog.internal.kafka.wire.net.ScarcePool;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Tests the size of fetches while memory outside the heap runs out and becomes available again. */
final class FetchSizeTest {
  private static final int MOST = 4 * 1024 * 1024;
  private static final long HALF_A_MINUTE = Duration.ofSeconds(30).toNanos();

  private final ScarcePool memory = new ScarcePool();
  private final FetchSize size = new FetchSize(memory.pool(), MOST);

  /** Receives an answer that fills the requested size. */
  private boolean arrives() {
    try {
      memory.pool().release(memory.pool().tryAllocate(size.bytes()));
      return true;
    } catch (NoMemoryException e) {
      return false;
    }
  }

  @Test
  void whatThereIsNoMemoryFor_isHalved_untilItFits() {
    memory.largest(1024 * 1024);
    int refusals = 0;
    while (!arrives()) {
      int before = size.bytes();
      size.look(0);
      assertThat(size.bytes()).isLessThanOrEqualTo(before / 2);
      assertThat(size.isPaused()).isFalse();
      refusals++;
    }
    assertThat(refusals).isEqualTo(2);
    assertThat(size.bytes()).isBetween(900_000, 1024 * 1024);
  }

  @Test
  void withMemoryAgain_itGrowsToWhatItWas() {
    memory.largest(128 * 1024);
    for (int tries = 0; !arrives(); tries++) {
      assertThat(tries).isLessThan(10);
      size.look(0);
    }
    memory.largest(Integer.MAX_VALUE);
    long now = 0;
    int before = size.bytes();
    size.look(HALF_A_MINUTE - 1);
    assertThat(size.bytes()).isEqualTo(before);
    for (int steps = 0; size.bytes() < MOST; steps++) {
      assertThat(steps).isLessThan(10);
      now += HALF_A_MINUTE;
      size.look(now);
      assertThat(size.bytes()).isEqualTo(Math.min(MOST, 2 * before));
      before = size.bytes();
    }
    size.look(now + 10 * HALF_A_MINUTE);
    assertThat(size.bytes()).isEqualTo(MOST);
  }

  @Test
  void withoutMemoryForTheSmallest_nothingIsAskedForSomeSeconds() {
    memory.largest(0);
    for (int tries = 0; !size.isPaused(); tries++) {
      assertThat(tries).isLessThan(10);
      assertThat(arrives()).isFalse();
      size.look(0);
    }
    assertThat(size.bytes()).isEqualTo(FetchSize.LEAST);
    long pause = size.nanosToNext(0);
    assertThat(pause).isPositive();
    size.look(pause - 1);
    assertThat(size.isPaused()).isTrue();
    size.look(pause);
    assertThat(size.isPaused()).isFalse();
    assertThat(size.nanosToNext(pause)).isEqualTo(Long.MAX_VALUE);
    assertThat(FetchSize.trouble()).contains("-XX:MaxDirectMemorySize", "maxInFlightBytes");
  }
}
