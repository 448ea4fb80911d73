package dev.twinlog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.LinkHealth.Verdict;
import dev.twinlog.internal.status.PartitionSnapshot;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.SkippedOffsets;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The rule of the verdict, as its Javadoc has it. */
final class LinkHealthTest {
  private static final Instant NOW = Instant.parse("2026-11-29T12:00:00Z");
  private static final Instant LONG_AGO = NOW.minus(Duration.ofDays(1));

  /** A partition as the verdict sees it. */
  private static PartitionStatus partition(
      PartitionState state, Duration ago, Duration unheard, @Nullable Duration heldBack) {
    boolean heard = unheard.isZero();
    Optional<ReplicationException> cause =
        state == PartitionState.RETRYING
            ? Optional.of(new RetriableException("broker 2 does not answer"))
            : Optional.empty();
    return new PartitionStatus(
        state,
        DeliveryGuarantee.EXACTLY_ONCE,
        new PartitionSnapshot(
            "a test",
            NOW.minus(ago),
            NOW.minus(ago),
            10,
            heard ? 10 : -1,
            NOW.minus(unheard),
            10,
            heard ? 0 : -1,
            Duration.ZERO,
            heldBack == null ? 0 : 7,
            Optional.ofNullable(heldBack).map(NOW::minus),
            10,
            0,
            Map.of(),
            "a test",
            List.of(),
            SkippedOffsets.none(),
            cause));
  }

  private static PartitionStatus of(PartitionState state) {
    return partition(state, Duration.ofMinutes(1), Duration.ZERO, null);
  }

  private static LinkHealth health(
      LinkState state, List<String> missing, PartitionStatus... partitions) {
    Map<TopicPartition, PartitionStatus> all = new LinkedHashMap<>();
    for (PartitionStatus partition : partitions) {
      all.put(new TopicPartition("orders", all.size()), partition);
    }
    return LinkHealth.of(
        new LinkHealth.Facts(state, "the reason", LONG_AGO, all, missing, Optional.empty()), NOW);
  }

  @ParameterizedTest
  @CsvSource({
    "NEW, DEGRADED",
    "DISABLED, UP",
    "CONNECTING, DEGRADED",
    "RUNNING, UP",
    "PAUSED, DEGRADED",
    "STOPPING, DEGRADED",
    "STOPPED, DOWN",
    "FENCED, DOWN",
    "FAILED, DOWN"
  })
  void theStateOfTheLink(LinkState state, Verdict verdict) {
    LinkHealth health = health(state, List.of(), of(PartitionState.CAUGHT_UP));
    assertThat(health.verdict()).isEqualTo(verdict);
    assertThat(health.reasons().isEmpty()).isEqualTo(state == LinkState.RUNNING);
  }

  @ParameterizedTest
  @CsvSource({
    "OPENING, UP",
    "COPYING, UP",
    "CAUGHT_UP, UP",
    "PAUSED, DEGRADED",
    "RETRYING, DEGRADED",
    "STOPPED, DEGRADED"
  })
  void onePartitionOfTwo(PartitionState state, Verdict verdict) {
    PartitionStatus one = partition(state, Duration.ofSeconds(5), Duration.ZERO, null);
    assertThat(health(LinkState.RUNNING, List.of(), one, of(PartitionState.COPYING)).verdict())
        .isEqualTo(verdict);
  }

  @Test
  void allPartitionsStopped_isDown_sinceTheLastOneStopped() {
    LinkHealth health =
        health(
            LinkState.RUNNING,
            List.of(),
            partition(PartitionState.STOPPED, Duration.ofHours(2), Duration.ofHours(2), null),
            partition(PartitionState.STOPPED, Duration.ofHours(1), Duration.ofHours(1), null));
    assertThat(health.verdict()).isEqualTo(Verdict.DOWN);
    assertThat(health.since()).isEqualTo(NOW.minus(Duration.ofHours(1)));
    assertThat(health.reasons()).containsExactly("2 of 2 partitions stopped (orders-0, orders-1)");
  }

  @Test
  void whatIsWrong_isSaidWithItsCause_sinceTheOldestOfIt() {
    LinkHealth health =
        health(
            LinkState.RUNNING,
            List.of("doesnotexist"),
            partition(PartitionState.RETRYING, Duration.ofMinutes(3), Duration.ofMinutes(3), null),
            of(PartitionState.CAUGHT_UP));
    assertThat(health.verdict()).isEqualTo(Verdict.DEGRADED);
    assertThat(health.since()).isEqualTo(LONG_AGO);
    assertThat(health.reasons())
        .containsExactly(
            "no such topic at the source: doesnotexist",
            "1 of 2 partitions retrying (orders-0): broker 2 does not answer");
    assertThat(health.toString()).startsWith("DEGRADED since 2026-11-28T12:00:00Z: no such topic");
  }

  @ParameterizedTest
  @CsvSource({"9, UP", "11, DEGRADED"})
  void aLagThatIsNotKnown(int seconds, Verdict verdict) {
    PartitionStatus unheard =
        partition(PartitionState.COPYING, Duration.ZERO, Duration.ofSeconds(seconds), null);
    assertThat(health(LinkState.RUNNING, List.of(), unheard).verdict()).isEqualTo(verdict);
  }

  @ParameterizedTest
  @CsvSource({"29, UP", "31, DEGRADED"})
  void anOpeningThatTakesLong(int seconds, Verdict verdict) {
    PartitionStatus opening =
        partition(PartitionState.OPENING, Duration.ofSeconds(seconds), Duration.ofHours(1), null);
    assertThat(health(LinkState.RUNNING, List.of(), opening).verdict()).isEqualTo(verdict);
  }

  @ParameterizedTest
  @CsvSource({"14, UP", "16, DEGRADED"})
  void whatAnOpenTransactionHoldsBack(int minutes, Verdict verdict) {
    PartitionStatus held =
        partition(
            PartitionState.CAUGHT_UP, Duration.ZERO, Duration.ZERO, Duration.ofMinutes(minutes));
    assertThat(health(LinkState.RUNNING, List.of(), held).verdict()).isEqualTo(verdict);
  }

  @Test
  void progressThatCanNotBeSaved_isSaidSinceWhen() {
    Instant since = NOW.minusSeconds(20);
    LinkHealth health =
        LinkHealth.of(
            new LinkHealth.Facts(
                LinkState.RUNNING, "a test", LONG_AGO, Map.of(), List.of(), Optional.of(since)),
            NOW);
    assertThat(health.toString())
        .startsWith("DEGRADED since " + since)
        .contains("progress can't be saved");
  }

  @Test
  void up_isSinceTheLastTroubleEnded() {
    assertThat(health(LinkState.RUNNING, List.of()).since()).isEqualTo(LONG_AGO);
    LinkHealth health = health(LinkState.RUNNING, List.of(), of(PartitionState.COPYING));
    assertThat(health.since()).isEqualTo(NOW.minus(Duration.ofMinutes(1)));
    assertThat(health.toString()).isEqualTo("UP since 2026-11-29T11:59:00Z");
  }
}
