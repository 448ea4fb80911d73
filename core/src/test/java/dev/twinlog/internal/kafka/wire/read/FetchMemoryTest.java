package dev.twinlog.internal.kafka.wire.read;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.internal.kafka.wire.net.ReceivePool;
import dev.twinlog.internal.kafka.wire.net.Received;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Tests a bound of four buffers. */
final class FetchMemoryTest {
  private static final int BUFFER = 64 * 1024;
  private static final long PATIENCE = Duration.ofMillis(100).toNanos();

  private final ReceivePool pool = new ReceivePool();
  private final AtomicInteger wakeups = new AtomicInteger();
  private final FetchMemory memory = new FetchMemory(pool, 4 * BUFFER, wakeups::incrementAndGet);

  /** Lends so much of a new answer out. */
  private Runnable answer(int bytes) {
    Received received = new Received(pool.tryAllocate(BUFFER), pool);
    Runnable lent = memory.lend(received, bytes);
    received.release();
    return lent;
  }

  private List<Runnable> answers(int count, int bytes) {
    List<Runnable> lent = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      lent.add(answer(bytes));
    }
    return lent;
  }

  @Test
  void fetchingStopsAtTheBound_andGoesOnWhenSomethingComesBack() {
    assertThat(memory.mayFetch(0)).isTrue();
    List<Runnable> lent = answers(4, BUFFER);
    assertThat(memory.mayFetch(0)).isFalse();
    assertThat(memory.nanosToNext(0)).isEqualTo(PATIENCE);
    lent.get(0).run();
    assertThat(wakeups).hasValue(1);
    assertThat(memory.mayFetch(1)).isTrue();
    assertThat(memory.isCopying()).isFalse();
    lent.get(1).run();
    assertThat(wakeups).as("no fetch waits").hasValue(1);
  }

  @Test
  void timeInWhichNothingWasToBeFetched_isNoWait() {
    List<Runnable> lent = answers(4, BUFFER);
    assertThat(memory.mayFetch(0)).isFalse();
    memory.nothingToFetch();
    assertThat(memory.nanosToNext(5 * PATIENCE)).isEqualTo(Long.MAX_VALUE);
    assertThat(memory.mayFetch(5 * PATIENCE)).isFalse();
    lent.forEach(Runnable::run);
    assertThat(memory.mayFetch(5 * PATIENCE)).isTrue();
  }

  @Test
  void smallSlicesThatHoldWholeBuffers_makeTheNextAnswersCopies() {
    List<Runnable> lent = answers(4, BUFFER / 10);
    assertThat(memory.mayFetch(0)).isTrue();
    assertThat(memory.isCopying()).isTrue();
    lent.forEach(Runnable::run);
    assertThat(memory.mayFetch(1)).isTrue();
    assertThat(memory.isCopying()).isFalse();
  }

  @Test
  void whatDoesNotComeBackForAWhile_isWorkedAround() {
    List<Runnable> lent = answers(6, BUFFER);
    assertThat(memory.mayFetch(0)).isFalse();
    lent.get(0).run(); // still above the bound, but buffers are returned
    assertThat(memory.mayFetch(PATIENCE)).isFalse();
    assertThat(memory.mayFetch(2 * PATIENCE - 1)).isFalse();
    assertThat(memory.mayFetch(2 * PATIENCE)).isTrue();
    assertThat(memory.isCopying()).isTrue();
  }
}
