package dev.twinlog.internal.kafka.wire.write.identity;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * Tests how long a broker certainly keeps producer state, by two clocks of which one may be set.
 */
final class ProducerStateExpiryTest {
  private static final long LENGTH_MS = Duration.ofHours(24).toMillis();
  private static final long HOUR_MS = Duration.ofHours(1).toMillis();

  private static final long NEVER = -1;

  private long wallMs = 1_000 * HOUR_MS;
  private long nanos = -5;

  private final ProducerStateExpiry memory =
      new ProducerStateExpiry(() -> wallMs, () -> nanos, LENGTH_MS, NEVER);

  private void pass(int hours) {
    wallMs += hours * HOUR_MS;
    nanos += Duration.ofHours(hours).toNanos();
  }

  @Test
  void itEndsAMarginBeforeTheBrokersOwn() {
    memory.appended(wallMs);
    pass(23);
    assertThat(memory.lasts()).isTrue();
    pass(1);
    assertThat(memory.lasts()).isFalse();
  }

  @Test
  void oldRecordsMakeItShort_andAMarkerFresh() {
    memory.appended(wallMs - LENGTH_MS);
    assertThat(memory.lasts()).isFalse();
    memory.marked(wallMs);
    assertThat(memory.lasts()).isTrue();
    assertThat(memory.lasts(wallMs - LENGTH_MS)).isFalse();
  }

  @Test
  void recordsWithoutATimestamp_orOfTheBeginningOfTime_areOld() {
    assertThat(memory.lasts()).isFalse();
    memory.appended(0);
    assertThat(memory.lasts()).isFalse();
    assertThat(memory.lastsBehind(-1)).isFalse();
  }

  @Test
  void aClockThatIsSetBack_makesItNoLonger() {
    memory.appended(wallMs);
    pass(20);
    wallMs -= 20 * HOUR_MS;
    assertThat(memory.lasts()).isTrue();
    pass(4);
    assertThat(memory.lasts()).isFalse();
  }

  @Test
  void aMarkerOfAClockThatWasAhead_isAsOldAsItIs() {
    memory.marked(wallMs + 100 * HOUR_MS);
    pass(23);
    assertThat(memory.lasts()).isTrue();
    pass(1);
    assertThat(memory.lasts()).isFalse();
  }

  @Test
  void aMachineThatSlept_knowsByTheWallClock() {
    memory.appended(wallMs);
    wallMs += 24 * HOUR_MS;
    assertThat(memory.lasts()).isFalse();
  }
}
