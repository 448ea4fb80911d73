package dev.twinlog.internal.engine.recovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.Recovery;
import dev.twinlog.spi.Recovery.ResumeAt;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.SourcePartition;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

final class RecoveriesTest {
  private static final TopicPartition SOURCE = new TopicPartition("orders", 0);
  private static final Route FIRST = new Route(SOURCE, new TopicPartition("orders", 0));
  private static final Route SECOND = new Route(SOURCE, new TopicPartition("orders", 1));

  @Test
  void recordsBeyondTheCut_underOtherStages_areRefused_whenRoutesMayHaveChanged() {
    assertThatThrownBy(
            () ->
                resumingAt(11, FIRST, SECOND)
                    .checkNothingAlreadyWritten(progress(FIRST, SECOND), 10, "mapper=keyHash/3"))
        .isInstanceOf(PartitionFailedException.class)
        .hasMessageContaining("up to source offset 11")
        .hasMessageContaining("(mapper=keyHash/2, now mapper=keyHash/3)")
        .hasMessageContaining("more partitions");
    assertThatThrownBy(
            () ->
                resumingAt(11, SECOND)
                    .checkNothingAlreadyWritten(progress(FIRST), 10, "mapper=other"))
        .isInstanceOf(PartitionFailedException.class);
  }

  @Test
  void theSameOnlyRoute_orNothingBeyondTheCut_isTaken() {
    assertThatCode(
            () -> {
              resumingAt(11, FIRST).checkNothingAlreadyWritten(progress(FIRST), 10, "mapper=other");
              resumingAt(10, FIRST, SECOND)
                  .checkNothingAlreadyWritten(progress(FIRST, SECOND), 10, "mapper=other");
            })
        .doesNotThrowAnyException();
  }

  @Test
  void anAcceptedLoss_coversNothingThatWasLostLater() {
    TargetLostException accepted = lossOf(losing(Map.of(FIRST, 7L)), Optional.empty());
    assertThat(accepted).hasMessageContaining(FIRST + ": it ends at offset 7");
    losing(Map.of(FIRST, 7L)).checkLoss(SOURCE, 10, Optional.of(accepted));
    losing(Map.of(FIRST, 8L)).checkLoss(SOURCE, 10, Optional.of(accepted));

    assertThat(lossOf(losing(Map.of(FIRST, 6L)), Optional.of(accepted)))
        .hasMessageContaining(FIRST + ": it ends at offset 6");
    assertThat(lossOf(losing(Map.of(FIRST, 7L, SECOND, 0L)), Optional.of(accepted)))
        .hasMessageContainingAll(FIRST + ": it ends at offset 7", SECOND + ": it ends at offset 0");
    losing(Map.of(SECOND, 0L))
        .checkLoss(SOURCE, 10, Optional.of(new TargetLostException("the topic was deleted")));
  }

  private static TargetLostException lossOf(
      Recoveries found, Optional<TargetLostException> accepted) {
    return catchThrowableOfType(
        TargetLostException.class, () -> found.checkLoss(SOURCE, 10, accepted));
  }

  private static Recoveries losing(Map<Route, Long> ends) {
    Map<Route, Recovery> byRoute = new LinkedHashMap<>();
    ends.forEach((route, end) -> byRoute.put(route, new Recovery.Lost(end, new byte[0])));
    return Recoveries.of(byRoute, false);
  }

  private static Recoveries resumingAt(long offset, Route... routes) {
    Map<Route, Recovery> byRoute = new LinkedHashMap<>();
    Stream.of(routes).forEach(route -> byRoute.put(route, new ResumeAt(offset, new byte[0])));
    return Recoveries.of(byRoute, false);
  }

  private static Progress progress(Route... routes) {
    return new Progress(
        new SourcePartition(SOURCE, Optional.empty()),
        10,
        false,
        "mapper=keyHash/2",
        Stream.of(routes).map(route -> new RouteProgress(route, 0, 5, new byte[0])).toList());
  }
}
