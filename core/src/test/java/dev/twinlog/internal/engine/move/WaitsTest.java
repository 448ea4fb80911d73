package dev.twinlog.internal.engine.move;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.internal.engine.agent.LinkTime;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

/** Tests the waits of a switchover, in virtual time. */
final class WaitsTest {
  private static final Duration LENGTH = Duration.ofDays(2);

  private final PassingTime time = new PassingTime();
  private final CompletableFuture<Void> stop = new CompletableFuture<>();
  private final Waits waits = new Waits(new Deadline(time, LENGTH), stop);

  @Test
  void pause_beforeTheDeadline_takesThatMuchOfTheLinksTime() {
    waits.pause(Duration.ofDays(1));

    assertThat(time.nanoTime()).isEqualTo(Duration.ofDays(1).toNanos());
    assertThat(waits.isOver()).isFalse();
  }

  @Test
  void pause_beyondTheDeadline_failsThen() {
    assertThatThrownBy(() -> waits.pause(Duration.ofDays(3)))
        .isInstanceOf(RetriableException.class);

    assertThat(time.nanoTime()).isEqualTo(LENGTH.toNanos());
  }

  @Test
  void pause_whenItIsToStop_failsWithTheReason() {
    time.meanwhile = () -> stop.completeExceptionally(new ReplicationException("taken over"));

    assertThatThrownBy(() -> waits.pause(Duration.ofDays(1))).hasMessage("taken over");
  }

  @Test
  void pause_ofNoTime_whenItIsToStop_failsWithTheReason() {
    stop.completeExceptionally(new ReplicationException("taken over"));

    assertThatThrownBy(() -> waits.pause(Duration.ZERO)).hasMessage("taken over");
  }

  @Test
  void pause_ofAnInterruptedThread_fails() {
    Thread.currentThread().interrupt();

    assertThatThrownBy(() -> waits.pause(Duration.ZERO))
        .isInstanceOf(RetriableException.class)
        .hasMessageContaining("interrupted");
    assertThat(Thread.interrupted()).isTrue();
  }

  /** Time that passes only while something is waited for. */
  private static final class PassingTime implements LinkTime {
    private Runnable meanwhile = () -> {};
    private long now;

    @Override
    public long nanoTime() {
      return now;
    }

    @Override
    public Clock clock() {
      return Clock.systemUTC();
    }

    @Override
    public <T> T await(CompletableFuture<T> answer, long atMostNanos)
        throws InterruptedException, ExecutionException, TimeoutException {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      meanwhile.run();
      if (!answer.isDone()) {
        now += atMostNanos;
        throw new TimeoutException();
      }
      return answer.get();
    }
  }
}
