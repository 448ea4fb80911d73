package dev.twinlog.internal.kafka.wire.write;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.spi.Route;
import java.util.LinkedHashSet;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random faults on routes that are not recovered. As long as the target has the producer state,
 * each record is appended once and in order; after a route was reopened, at least once.
 */
final class BatchWriterChaosTest {
  private static final int SEEDS = 300;
  private static final int STEPS = 250;

  private static final class Run extends WriterChaos {
    private final boolean reopens;

    Run(long seed, boolean reopens) {
      super(seed, new WriterRig());
      this.reopens = reopens;
    }

    @Override
    FakePartition open(Route route) {
      return rig.open(route);
    }

    @Override
    long timestamp(long from) {
      return WriterRig.TIMESTAMP;
    }

    @Override
    void special(Route route) {
      if (!reopens) {
        return;
      }
      giveUp(route);
      List<Written> appended = List.copyOf(appended(route));
      next.put(route, appended.isEmpty() ? 0L : appended.get(appended.size() - 1).to());
      written.get(route).retainAll(appended);
      rig.writer.open(route);
    }

    @Override
    void check(Route route, FakePartition partition) {
      List<String> expected = WriterRig.expected(0, next.get(route));
      if (reopens) {
        assertThat(new LinkedHashSet<>(WriterRig.values(partition))).containsAll(expected);
      } else {
        assertThat(WriterRig.values(partition)).isEqualTo(expected);
      }
      written.get(route).forEach(write -> checkRuns(write, partition));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void everyRecordLands(boolean reopens) {
    WriterChaos.run(SEEDS, STEPS, seed -> new Run(seed, reopens));
  }
}
