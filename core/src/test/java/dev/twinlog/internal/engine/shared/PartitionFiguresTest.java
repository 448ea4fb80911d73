package dev.twinlog.internal.engine.shared;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.spi.SourcePosition;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.OptionalInt;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

final class PartitionFiguresTest {
  private static final Instant NOW = Instant.parse("2026-01-31T12:00:00Z");

  private final PartitionFigures figures =
      new PartitionFigures(
          new TopicPartition("orders", 0),
          Clock.fixed(NOW, ZoneOffset.UTC),
          (from, to, reason) -> {});

  /**
   * A failover says what may be lost as of the last contact: it must not seem later than it was.
   */
  @Test
  void endReturned_isAsOfItsRequest_notOfItsAnswer() {
    long asked = NOW.minusSeconds(3).toEpochMilli();
    figures.endReturned(end(46), asked);
    assertThat(figures.sourceEnd()).isEqualTo(46);
    assertThat(figures.lastContact(Duration.ZERO).end()).isEqualTo(46);
    assertThat(figures.lastContact(Duration.ZERO).atMs()).isEqualTo(asked);
  }

  /** Or no end would be taken for as long as that is. */
  @Test
  void endReturned_afterTheWallClockWasSetBack_isTaken() {
    figures.endReported(0, 0);
    figures.endReturned(end(28), NOW.minusSeconds(3).toEpochMilli());
    assertThat(figures.sourceEnd()).isEqualTo(28);
    assertThat(figures.lastContact(Duration.ZERO).end()).isEqualTo(28);
  }

  @Test
  void endReturned_whileTheReaderKnowsNoEnd_isShown() {
    figures.endReported(50, 50);
    figures.unavailable(null);
    long asked = NOW.minusSeconds(3).toEpochMilli();
    figures.endReturned(end(50), asked);
    assertThat(figures.sourceEnd()).isEqualTo(50);
    assertThat(figures.lastContact(Duration.ZERO).atMs()).isEqualTo(asked);
  }

  private static SourcePosition end(long offset) {
    return new SourcePosition(offset, OptionalInt.empty());
  }
}
