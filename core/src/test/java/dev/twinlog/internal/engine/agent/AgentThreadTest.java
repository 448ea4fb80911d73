package dev.twinlog.internal.engine.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

final class AgentThreadTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final CountDownLatch end = new CountDownLatch(1);
  private final CompletableFuture<Throwable> crash = new CompletableFuture<>();
  private volatile boolean ended;

  private final Agent agent =
      new Agent() {
        @Override
        public String role() {
          return "test";
        }

        @Override
        public boolean step(Duration maxWait) {
          try {
            end.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
          ended = true;
          return true;
        }

        @Override
        public long nextDeadlineNanos() {
          return 0;
        }

        @Override
        public void wakeup() {}

        @Override
        public boolean finished() {
          return ended;
        }

        @Override
        public void close() {}
      };

  @Test
  void joinUninterruptibly_isNotEndedByAnInterrupt_andKeepsIt() throws Exception {
    AgentThread thread =
        new AgentThread(agent, LinkTime.system(Clock.systemUTC()), Thread::new, crash::complete);
    thread.start();
    CompletableFuture<Boolean> joined = new CompletableFuture<>();
    CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
    Thread waiting =
        new Thread(
            () -> {
              joined.complete(thread.joinUninterruptibly(LIMIT));
              interrupted.complete(Thread.currentThread().isInterrupted());
            });
    waiting.start();
    await().atMost(LIMIT).until(() -> waiting.getState() == Thread.State.TIMED_WAITING);
    waiting.interrupt();
    await()
        .atMost(LIMIT)
        .until(() -> !waiting.isInterrupted() && waiting.getState() == Thread.State.TIMED_WAITING);
    end.countDown();
    assertThat(joined.get()).isTrue();
    assertThat(interrupted.get()).isTrue();
  }

  @Test
  void joinUninterruptibly_endsWithItsTime() {
    AgentThread thread =
        new AgentThread(agent, LinkTime.system(Clock.systemUTC()), Thread::new, crash::complete);
    thread.start();
    assertThat(thread.joinUninterruptibly(Duration.ofMillis(10))).isFalse();
    end.countDown();
    assertThat(thread.joinUninterruptibly(LIMIT)).isTrue();
  }
}
