package dev.twinlog.internal.kafka.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.twinlog.internal.kafka.state.PositionTopic.LastRecord;
import dev.twinlog.internal.kafka.state.PositionTopic.Position;
import dev.twinlog.internal.progress.GoldenFile;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.Route;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

final class PositionTopicTest {
  private static final Route ROUTE =
      new Route(new TopicPartition("a.1", 3), new TopicPartition("b", 4));

  private static final GoldenFile KEY = GoldenFile.of("0.1/position-key");
  private static final GoldenFile VALUE = GoldenFile.of("0.1/position-value");
  private static final GoldenFile SECOND = GoldenFile.of("0.2/position-value");

  private static final Position WITHOUT_LAST = new Position(7, 1_000, Optional.empty());
  private static final Position WITH_LAST =
      new Position(
          7, 1_000, Optional.of(new LastRecord(0x1112131415161718L, 1_700_000_000_000L, 7)));

  @Test
  void records_areWrittenAsEver() {
    KEY.isWritten(PositionTopic.keyOf(ROUTE));
    VALUE.isWritten(PositionTopic.valueOf(WITHOUT_LAST));
    SECOND.isWritten(PositionTopic.valueOf(WITH_LAST));
  }

  @Test
  void records_ofEveryVersionAreRead() {
    assertThat(PositionTopic.routeOf(KEY.bytes())).contains(ROUTE);
    assertThat(PositionTopic.positionOf("here", VALUE.bytes())).hasValue(WITHOUT_LAST);
    assertThat(PositionTopic.positionOf("here", SECOND.bytes())).hasValue(WITH_LAST);
    assertThat(PositionTopic.positionOf("here", SECOND.grown())).hasValue(WITH_LAST);
    assertThat(PositionTopic.positionOf("here", null)).isEmpty();
  }

  @Test
  void aValueThatMustNotBeReadOrIsDamaged_isRefusedByItsPlace() {
    assertThatExceptionOfType(LinkFailedException.class)
        .isThrownBy(() -> PositionTopic.positionOf("offset 5 of t", VALUE.raised(0)))
        .withMessageContaining("offset 5 of t");
    byte[] raised = Arrays.copyOf(VALUE.raised(0), 30);
    assertThatExceptionOfType(LinkFailedException.class)
        .isThrownBy(() -> PositionTopic.positionOf("offset 5 of t", raised))
        .withMessageContaining("it needs Twinlog 7.3 or newer");
  }

  @Test
  void otherKeys_areNoPositions() {
    for (int length = 0; length < 15; length++) {
      assertThat(PositionTopic.routeOf(Arrays.copyOf(KEY.bytes(), length)))
          .as("cut to %d bytes", length)
          .isEmpty();
    }
    assertThat(PositionTopic.routeOf(null)).isEmpty();
    assertThat(PositionTopic.routeOf("somebody else's key".getBytes(StandardCharsets.UTF_8)))
        .isEmpty();
  }
}
