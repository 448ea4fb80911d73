package dev.twinlog.internal.engine.duty;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.internal.engine.agent.Backoff;
import dev.twinlog.internal.engine.agent.LinkTime;
import dev.twinlog.internal.status.DutySnapshot;
import dev.twinlog.spi.LinkMetrics;
import dev.twinlog.spi.RetriableException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Duties run when they are due, one run of each at a time, and again after a failure. */
final class DutiesTest {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  private long now;
  private final ArrayDeque<Runnable> calls = new ArrayDeque<>();
  private final List<String> done = new ArrayList<>();
  private final LinkTime time =
      new LinkTime() {
        @Override
        public long nanoTime() {
          return now;
        }

        @Override
        public Clock clock() {
          return Clock.fixed(Instant.ofEpochSecond(0, now), ZoneOffset.UTC);
        }
      };
  private final List<String> measured = new ArrayList<>();
  private final List<RuntimeException> errors = new ArrayList<>();
  private final Duties duties =
      new Duties(
          time,
          errors::add,
          new Backoff(new SplittableRandom(1)),
          new Calls() {
            @Override
            public <T> void call(
                Supplier<T> call, Consumer<T> onAnswer, Consumer<RuntimeException> onFailure) {
              calls.add(
                  () -> {
                    T answer;
                    try {
                      answer = call.get();
                    } catch (RuntimeException e) {
                      onFailure.accept(e);
                      return;
                    }
                    onAnswer.accept(answer);
                  });
            }
          },
          new LinkMetrics() {
            @Override
            public void duty(String name, boolean succeeded, Duration took) {
              measured.add(name + (succeeded ? " succeeded" : " failed") + " after " + took);
            }
          });
  private boolean fails;
  private boolean hasNothingToAsk;
  private final Duty duty =
      new Duty() {
        @Override
        public String name() {
          return "discovery";
        }

        @Override
        public Optional<Supplier<Runnable>> prepare() {
          if (hasNothingToAsk) {
            return Optional.empty();
          }
          return Optional.of(
              () -> {
                if (fails) {
                  throw new RetriableException("timed out");
                }
                return () -> done.add("answered at " + now / SECOND);
              });
        }

        @Override
        public Duration interval() {
          return Duration.ofSeconds(30);
        }
      };

  private void answerAll() {
    for (Runnable call = calls.poll(); call != null; call = calls.poll()) {
      call.run();
    }
  }

  @Test
  void aDuty_isRunWhenItIsDue_andAgainOneIntervalAfterItsEnd() {
    duties.add(duty, 5 * SECOND);
    assertThat(duties.runDue(4 * SECOND)).isFalse();
    now = 5 * SECOND;
    assertThat(duties.runDue(now)).isTrue();
    assertThat(duties.runDue(now)).as("while it runs").isFalse();
    now = 9 * SECOND;
    answerAll();
    assertThat(done).containsExactly("answered at 9");
    assertThat(duties.nextDueNanos()).isEqualTo(39 * SECOND);
    assertThat(duties.status())
        .containsExactly(
            new DutySnapshot(
                "discovery", Optional.of(Instant.ofEpochSecond(9)), 0, Optional.empty()));
    assertThat(measured).containsExactly("discovery succeeded after PT4S");
  }

  @Test
  void aRunThatFails_isReported_andRepeatedWithBackoff() {
    duties.add(duty, 0);
    fails = true;
    duties.runDue(now);
    answerAll();
    assertThat(errors).hasSize(1);
    assertThat(duties.succeeded(duty)).isFalse();
    assertThat(duties.nextDueNanos()).isPositive().isLessThan(SECOND);
    assertThat(duties.status())
        .allMatch(one -> one.failures() == 1)
        .allMatch(one -> one.lastError().orElseThrow().getMessage().equals("timed out"));
    assertThat(measured).containsExactly("discovery failed after PT0S");
    fails = false;
    now = SECOND;
    duties.runDue(now);
    answerAll();
    assertThat(duties.succeeded(duty)).isTrue();
    assertThat(duties.nextDueNanos()).isEqualTo(31 * SECOND);
  }

  @Test
  void nothingToAsk_isNeitherASuccessNorAFailure() {
    duties.add(duty, 0);
    now = 2 * SECOND;
    duties.runDue(now);
    answerAll();
    hasNothingToAsk = true;
    now = 40 * SECOND;
    assertThat(duties.runDue(now)).isTrue();
    assertThat(duties.nextDueNanos()).isEqualTo(70 * SECOND);
    assertThat(duties.status())
        .containsExactly(
            new DutySnapshot(
                "discovery", Optional.of(Instant.ofEpochSecond(2)), 0, Optional.empty()));
    assertThat(measured).hasSize(1);
  }

  @Test
  void aRequest_isAnsweredByARunThatBeginsAfterIt() {
    duties.add(duty, 0);
    duties.runDue(now);
    duties.runNow(duty, () -> done.add("requested while it ran"));
    calls.remove().run();
    assertThat(done).containsExactly("answered at 0");
    now = 2 * SECOND;
    answerAll();
    assertThat(done).containsExactly("answered at 0", "answered at 2", "requested while it ran");
  }

  @Test
  void aRequest_isAnsweredAlsoIfTheRunFails() {
    duties.add(duty, 10 * SECOND);
    fails = true;
    duties.runNow(duty, () -> done.add("then"));
    answerAll();
    assertThat(done).containsExactly("then");
  }

  @Test
  void atTheEnd_noRequestWaits_andNoAnswerCounts() {
    duties.add(duty, 0);
    duties.runDue(now);
    duties.runNow(duty, () -> done.add("then"));
    duties.end();
    assertThat(done).containsExactly("then");
    answerAll();
    duties.runNow(duty, () -> done.add("later"));
    assertThat(duties.runDue(60 * SECOND)).isFalse();
    assertThat(done).containsExactly("then", "later");
    assertThat(errors).isEmpty();
  }
}
