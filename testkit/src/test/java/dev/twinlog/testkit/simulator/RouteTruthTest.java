package dev.twinlog.testkit.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Tests which losses and repetitions {@link RouteTruth} accepts. */
final class RouteTruthTest {
  private static final long LOST_AT = 5;

  private final RouteTruth truth = new RouteTruth();

  @Test
  void recordThatRetentionHadRemoved_isNotMissedOnceTheLogEndsBeforeIt() {
    append(0, 4);

    // the log began at 3, and ends at 1 under a new leader that didn't know that yet
    truth.truncate(1, 4, 3, LOST_AT);

    assertThat(truth.isRetired(1)).isTrue();
    assertThat(truth.isRetired(2)).isTrue();
    assertThat(truth.wasLost(3)).isTrue();
    assertThat(truth.isRetired(3)).as("what was there is lost").isFalse();
    assertThat(truth.lostAt(3)).isEqualTo(LOST_AT);
  }

  @Test
  void lossThatTheSameSessionMeets_isNotExcused() {
    append(0, 4);
    truth.truncate(1, 4, 0, LOST_AT);

    assertThat(truth.append(4, 9, 0)).isNull();

    assertThat(truth.wasLost(2)).isTrue();
    assertThat(truth.isRetired(2)).isFalse();
    assertThat(truth.holds(2)).isFalse();
  }

  @Test
  void placeThatRetentionRemovedBeforeTheNextRecord_countsAsRemoved() {
    append(0, 4);
    truth.truncate(1, 4, 0, LOST_AT);

    assertThat(truth.append(4, 9, 3)).isNull();

    assertThat(truth.isRetired(2)).isTrue();
    assertThat(truth.isRetired(3)).isFalse();
  }

  private void append(long from, long to) {
    for (long i = from; i < to; i++) {
      assertThat(truth.append(i, i, 0)).isNull();
    }
  }
}
