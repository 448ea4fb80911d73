package dev.twinlog.internal.kafka.wire.ledger.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Tests how a {@link SteadyClock} follows a wall clock that is set. */
final class SteadyClockTest {
  private static final long START_MS = 1_000_000_000L;

  private final SetClock wall = new SetClock();
  private long nanos = Long.MAX_VALUE - 7; // it may wrap
  private final SteadyClock clock = new SteadyClock(wall, () -> nanos);

  private void pass(int seconds) {
    nanos += TimeUnit.SECONDS.toNanos(seconds);
    wall.ms += 1_000L * seconds;
  }

  @Test
  void itIsTheWallClock() {
    pass(5);
    assertThat(clock.millis()).isEqualTo(START_MS + 5_000);
    wall.ms += 100_000;
    assertThat(clock.millis()).isEqualTo(START_MS + 105_000);
    assertThat(clock.instant()).isEqualTo(Instant.ofEpochMilli(START_MS + 105_000));
  }

  @Test
  void setBack_itAdvancesForAMinute_andThenFollows() {
    wall.ms -= 300_000;
    assertThat(clock.millis()).isEqualTo(START_MS);
    pass(59);
    assertThat(clock.millis()).isEqualTo(START_MS + 59_000);
    pass(1);
    assertThat(clock.millis()).isEqualTo(START_MS - 240_000);
  }

  @Test
  void setBackAndForwardAgain_itNeverGoesBack() {
    wall.ms -= 300_000;
    pass(30);
    assertThat(clock.millis()).isEqualTo(START_MS + 30_000);
    wall.ms += 300_000;
    pass(1);
    assertThat(clock.millis()).isEqualTo(START_MS + 31_000);
    wall.ms -= 300_000;
    pass(59);
    assertThat(clock.millis()).isEqualTo(START_MS + 90_000);
  }

  @Test
  void setBackAgain_itWaitsAnotherMinute() {
    wall.ms -= 300_000;
    assertThat(clock.millis()).isEqualTo(START_MS);
    pass(59);
    wall.ms -= 3_600_000;
    assertThat(clock.millis()).isEqualTo(START_MS + 59_000);
    pass(59);
    assertThat(clock.millis()).isEqualTo(START_MS + 118_000);
    pass(1);
    assertThat(clock.millis()).isEqualTo(START_MS + 119_000 - 3_900_000);
  }

  @Test
  void drift_isFollowed() {
    for (int i = 0; i < 100; i++) {
      pass(1);
      wall.ms -= 5;
      assertThat(clock.millis()).isEqualTo(wall.ms);
    }
    wall.ms -= 300_000;
    assertThat(clock.millis()).isEqualTo(wall.ms + 300_000);
  }

  /** A wall clock that the test sets. */
  static final class SetClock extends Clock {
    private long ms = START_MS;

    @Override
    public Instant instant() {
      return Instant.ofEpochMilli(ms);
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }
}
