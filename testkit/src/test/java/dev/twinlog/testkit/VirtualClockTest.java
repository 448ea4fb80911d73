package dev.twinlog.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

/** Tests that a {@link VirtualClock} moves only when it is advanced. */
final class VirtualClockTest {
  private static final Instant START = Instant.parse("2030-05-01T10:00:00Z");

  @Test
  void timeStandsStill_untilItIsAdvanced() {
    VirtualClock clock = VirtualClock.startingAt(START);
    assertThat(clock.instant()).isEqualTo(START);
    assertThat(clock.nanoTime()).isZero();
    clock.advance(Duration.ofMillis(1_500));
    assertThat(clock.instant()).isEqualTo(START.plusMillis(1_500));
    assertThat(clock.millis()).isEqualTo(START.toEpochMilli() + 1_500);
    assertThat(clock.nanoTime()).isEqualTo(1_500_000_000L);
  }

  @Test
  void theWallJumpsAlone() {
    VirtualClock clock = VirtualClock.create();
    Instant start = clock.instant();
    clock.jumpWall(Duration.ofHours(-1));
    assertThat(clock.instant()).isEqualTo(start.minusSeconds(3_600));
    assertThat(clock.nanoTime()).isZero();
  }

  @Test
  void timeDoesNotPassBackwards() {
    VirtualClock clock = VirtualClock.create();
    assertThatThrownBy(() -> clock.advance(Duration.ofNanos(-1)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aViewInAnotherZone_movesWithIt() {
    VirtualClock clock = VirtualClock.startingAt(START);
    Clock view = clock.withZone(ZoneId.of("Europe/Berlin"));
    clock.advance(Duration.ofDays(1));
    assertThat(view.instant()).isEqualTo(START.plusSeconds(86_400));
    assertThat(view.getZone()).isEqualTo(ZoneId.of("Europe/Berlin"));
    assertThat(view.withZone(ZoneOffset.UTC).instant()).isEqualTo(view.instant());
    assertThat(clock.getZone()).isEqualTo(ZoneOffset.UTC);
  }
}
