package dev.twinlog.benchmarks.versus;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class MachineClockTest {
  @Test
  void idleShare_isThatOfTheTimeBetween() {
    MachineClock earlier = MachineClock.parse("cpu  100 0 50 1000 20 0 0 0 7 0");
    MachineClock later = MachineClock.parse("cpu  160 0 60 1025 25 0 0 0 7 0");

    assertThat(later.idleShareSince(earlier)).isEqualTo(0.3);
  }
}
