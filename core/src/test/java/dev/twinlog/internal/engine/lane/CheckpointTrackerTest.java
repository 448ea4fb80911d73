package dev.twinlog.internal.engine.lane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.internal.engine.lane.CheckpointTracker.WrittenRecords;
import dev.twinlog.internal.engine.recovery.AlreadyWritten;
import dev.twinlog.internal.offsets.OffsetMaps;
import dev.twinlog.spi.OffsetRun;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.SourcePosition;
import dev.twinlog.spi.Translation.Exact;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

final class CheckpointTrackerTest {
  private static final TopicPartition SOURCE = new TopicPartition("orders", 0);
  private static final TopicPartition TARGET = new TopicPartition("eu.orders", 0);
  private static final Route ROUTE = new Route(SOURCE, TARGET);

  @Test
  void recordsThatWereFoundSomewhere_andRecordsWrittenBehindThem_passTogether() {
    OffsetMaps maps = new OffsetMaps(OffsetMaps.DEFAULT_BYTES);
    Progress opened =
        new Progress(
            new SourcePartition(SOURCE, Optional.empty()),
            0,
            false,
            "",
            List.of(new RouteProgress(ROUTE, 0, 0, new byte[0])));
    CheckpointTracker checkpoint =
        new CheckpointTracker(opened, AlreadyWritten.nothing(), maps.open(opened));
    checkpoint.pass(
        List.of(
            new WrittenRecords(ROUTE, 5, List.of(), true),
            new WrittenRecords(ROUTE, 5, List.of(new OffsetRun(5, 100, 5)), false)),
        new SourcePosition(10, OptionalInt.of(3)));
    assertThat(maps.history().toTarget(ROUTE, 7)).isEqualTo(new Exact(TARGET, 102));
    assertThat(checkpoint.offset()).isEqualTo(10);
    assertThat(checkpoint.progress(true).sourceLeaderEpoch()).hasValue(3);
  }
}
