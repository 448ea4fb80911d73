package dev.twinlog.internal.offsets;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.spi.Progress;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.SourcePartition;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

final class MapRunsTest {
  private static final Route ROUTE =
      new Route(new TopicPartition("orders", 0), new TopicPartition("eu.orders", 0));

  private final OffsetMaps maps = new OffsetMaps(OffsetMaps.DEFAULT_BYTES);
  private final SourceMap source = maps.open(progress(0, 0));

  private static Progress progress(long next, long targetNext) {
    return new Progress(
        new SourcePartition(ROUTE.source(), Optional.empty()),
        next,
        false,
        "",
        List.of(new RouteProgress(ROUTE, targetNext, targetNext, new byte[0])));
  }

  private List<String> runs() {
    return runs(maps.copied().get(0));
  }

  private static List<String> runs(CopiedRoute route) {
    List<String> found = new ArrayList<>();
    MapRuns runs = route.runs();
    while (runs.next()) {
      found.add(
          "%s%d+%d -> %d..%d"
              .formatted(
                  runs.isMapped() ? "" : "unmapped ",
                  runs.source(),
                  runs.count(),
                  runs.target(),
                  runs.targetNext()));
    }
    return found;
  }

  @Test
  void everyRun_isReturnedInOrder_fromBlocksAndTail() {
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      source.route(ROUTE).append(i * 10L, i * 11L, 5);
      expected.add("%d+5 -> %d..%d".formatted(i * 10, i * 11, i * 11 + 5));
    }
    source.checkpoint(2_000);
    assertThat(runs()).isEqualTo(expected);
  }

  @Test
  void whatIsNotCopiedForSure_isCutOff_andLaterChangesDoNotShow() {
    source.route(ROUTE).append(0, 0, 10);
    source.route(ROUTE).append(20, 10, 10);
    source.checkpoint(25);
    CopiedRoute before = maps.copied().get(0);
    source.route(ROUTE).append(30, 20, 10);
    source.checkpoint(40);
    assertThat(runs(before)).containsExactly("0+10 -> 0..10", "20+5 -> 10..15");
    assertThat(before.copied()).isEqualTo(25);
    assertThat(runs()).containsExactly("0+10 -> 0..10", "20+20 -> 10..30");
  }

  @Test
  void whatTheTargetHasDeleted_isCutOff() {
    source.route(ROUTE).append(0, 0, 10);
    source.route(ROUTE).append(20, 10, 10);
    source.checkpoint(30);
    maps.trim(Map.of(ROUTE.target(), 13L));
    assertThat(runs()).containsExactly("23+7 -> 13..20");
    assertThat(maps.copied().get(0).beginsLate()).isFalse();
  }

  @Test
  void aRangeWithoutSingleOffsets_isReturnedAsOne() {
    source.route(ROUTE).append(0, 0, 10);
    source.checkpoint(10);
    source.route(ROUTE).unknownUpTo(50);
    source.checkpoint(50);
    assertThat(runs()).containsExactly("0+10 -> 0..10", "unmapped 10+40 -> 10.." + Long.MAX_VALUE);
    source.route(ROUTE).append(60, 70, 5);
    source.checkpoint(65);
    assertThat(runs())
        .containsExactly("0+10 -> 0..10", "unmapped 10+40 -> 10..70", "60+5 -> 70..75");
  }

  @Test
  void aMapThatBeginsAfterTheFirstRecords_saysSo() {
    OffsetMaps late = new OffsetMaps(OffsetMaps.DEFAULT_BYTES);
    late.open(progress(100, 80));
    assertThat(late.copied().get(0).beginsLate()).isTrue();
    assertThat(late.copied().get(0).sourceFirst()).isEqualTo(100);
  }
}
