package dev.twinlog.internal.engine.recovery;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
