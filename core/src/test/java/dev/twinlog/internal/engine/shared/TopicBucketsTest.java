package dev.twinlog.internal.engine.shared;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

final class TopicBucketsTest {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();
  private static final long RATE = 1_000;

  private final TopicBuckets buckets = new TopicBuckets(RATE, false, 0);
  private final Map<String, Long> taken = new HashMap<>();
  private long now;

  /** Reads as long as anything is left, and otherwise waits until it is worth asking again. */
  private int readUntil(long end, long batch, String... topics) {
    int asked = 0;
    while (now < end) {
      boolean any = false;
      for (String topic : topics) {
        if (buckets.hasLeft(topic, now)) {
          any = true;
          buckets.take(topic, batch, now);
          taken.merge(topic, batch, Long::sum);
        }
      }
      asked++;
      if (!any) {
        now = buckets.askAgainAt(List.of(topics), now);
      }
    }
    return asked;
  }

  @Test
  void take_oneTopic_getsAllOfTheRate() {
    readUntil(10 * SECOND, 10, "a");
    assertThat(taken.get("a")).isCloseTo(10 * RATE, Percentage.withPercentage(1));
  }

  @Test
  void take_threeTopicsThatReadAll_getEqualShares() {
    readUntil(30 * SECOND, 10, "a", "b", "c");
    taken.values().forEach(it -> assertThat(it).isCloseTo(10 * RATE, Percentage.withPercentage(2)));
  }

  @Test
  void take_topicsThatReadNothing_leaveTheirSharesToTheOthers() {
    for (int i = 0; i < 99; i++) {
      buckets.take("idle-" + i, 1, now);
    }
    readUntil(20 * SECOND, 10, "a");
    assertThat(taken.get("a")).isCloseTo(19 * RATE, Percentage.withPercentage(2));
  }

  @Test
  void take_afterASilenceOfAnHour_letsOneSecondThrough() {
    buckets.take("a", 1, now);
    buckets.take("b", 1, now);
    now = 3_600 * SECOND;
    long most = 0;
    for (String topic : List.of("a", "b")) {
      while (buckets.hasLeft(topic, now)) {
        buckets.take(topic, 1, now);
        most++;
      }
    }
    assertThat(most).isBetween(RATE - 10, RATE + 10);
  }

  @Test
  void askAgainAt_largeDebt_isAskedOnceAndNotTooEarly() {
    buckets.take("a", 60 * RATE, now);
    int asked = readUntil(59 * SECOND, 10, "a");
    assertThat(asked).isEqualTo(1);
    assertThat(taken).isEmpty();
    assertThat(now).isBetween(60 * SECOND, 61 * SECOND);
  }

  @Test
  void askAgainAt_manyIdleTopics_isAskedFewTimes() {
    for (int i = 0; i < 999; i++) {
      buckets.take("idle-" + i, 1, now);
    }
    buckets.take("a", 60 * RATE, now);
    assertThat(readUntil(60 * SECOND, 10, "a")).isLessThan(10);
    readUntil(62 * SECOND, 10, "a");
    assertThat(taken.get("a")).isPositive();
  }

  @Test
  void askAgainAt_greatestRate_isNotNow() {
    TopicBuckets fast = new TopicBuckets(Long.MAX_VALUE, false, 0);
    assertThat(fast.take("a", 1 << 30, 0)).isFalse();
    assertThat(fast.askAgainAt(List.of("a"), 0)).isEqualTo(Duration.ofMillis(1).toNanos());
    assertThat(fast.hasLeft("a", Duration.ofMillis(1).toNanos())).isTrue();
  }
}
