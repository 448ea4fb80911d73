package dev.twinlog.internal.engine.letters;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** Tests how many dead letters a partition may have within any hour. */
final class HourlyLimitTest {
  private static final long MINUTE = Duration.ofMinutes(1).toNanos();
  private static final TopicPartition ONE = new TopicPartition("orders", 0);
  private static final TopicPartition OTHER = new TopicPartition("orders", 1);

  /** As of {@link System#nanoTime()}, it may be negative. */
  private static final long START = -30 * MINUTE;

  private final HourlyLimit limit = new HourlyLimit(2);

  private boolean isReached(long minutes) {
    return limit.isReached(ONE, START + minutes * MINUTE);
  }

  private void count(long minutes) {
    limit.count(ONE, START + minutes * MINUTE);
  }

  @Test
  void theLimit_isReachedByAsMany_withinAnHour() {
    assertThat(isReached(0)).isFalse();
    count(0);
    assertThat(isReached(1)).isFalse();
    count(40);
    assertThat(isReached(40)).isTrue();
    assertThat(isReached(59)).isTrue();
    assertThat(isReached(60)).isFalse();
    count(60);
    assertThat(isReached(99)).isTrue();
    assertThat(isReached(100)).isFalse();
    assertThat(isReached(500)).isFalse();
  }

  @Test
  void partitions_haveTheirOwn() {
    count(0);
    count(0);
    assertThat(isReached(0)).isTrue();
    assertThat(limit.isReached(OTHER, START)).isFalse();
  }
}
