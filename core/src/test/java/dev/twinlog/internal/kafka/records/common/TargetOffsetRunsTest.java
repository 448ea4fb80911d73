package dev.twinlog.internal.kafka.records.common;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.spi.OffsetRun;
import dev.twinlog.spi.ReplicationRecord;
import java.util.List;
import java.util.stream.LongStream;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

final class TargetOffsetRunsTest {
  private final TargetOffsetRuns runs = new TargetOffsetRuns();

  private static List<ReplicationRecord> at(long... offsets) {
    return LongStream.of(offsets)
        .mapToObj(o -> ReplicationRecord.of(o, 0, null, null, new RecordHeaders()))
        .toList();
  }

  private void landed(long... offsets) {
    LongStream.of(offsets).forEach(runs::add);
  }

  @Test
  void aRun_endsWhereEitherSideHasAHole() {
    landed(10, 11, 12, 20);
    assertThat(runs.toAck(at(1, 2, 5, 6)).runs())
        .containsExactly(new OffsetRun(1, 10, 2), new OffsetRun(5, 12, 1), new OffsetRun(6, 20, 1));
  }

  @Test
  void acknowledgementsOutOfOrder_belongToTheRecordsInOrder() {
    landed(12, 13, 10, 11);
    assertThat(runs.toAck(at(1, 2, 3, 4)).runs()).containsExactly(new OffsetRun(1, 10, 4));
  }

  @Test
  void anOffsetThatTheBrokerForgot_makesNoGuess() {
    landed(10, -1);
    assertThat(runs.toAck(at(1, 2)).runs()).isEmpty();
  }
}
