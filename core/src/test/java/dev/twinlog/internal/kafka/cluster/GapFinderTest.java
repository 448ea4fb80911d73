package dev.twinlog.internal.kafka.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.spi.GapCause;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.SourceReader.Receiver;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

final class GapFinderTest {
  private static final TopicPartition PARTITION = new TopicPartition("t", 0);

  private final List<String> gaps = new ArrayList<>();
  private final List<ReplicationException> failures = new ArrayList<>();

  private final Receiver out =
      new Receiver() {
        @Override
        public void batch(ReplicationBatch batch) {
          throw new AssertionError();
        }

        @Override
        public void position(TopicPartition partition, long next, long end) {
          throw new AssertionError();
        }

        @Override
        public void gap(TopicPartition partition, long from, long to, GapCause cause) {
          gaps.add(from + " to " + to + " " + cause);
        }

        @Override
        public void failed(TopicPartition partition, ReplicationException cause) {
          failures.add(cause);
        }
      };

  @Test
  void aPositionOutsideTheLog_isAGap() {
    GapFinder.report(PARTITION, 5, 10, 20, out);
    GapFinder.report(PARTITION, 25, 10, 20, out);
    assertThat(gaps).containsExactly("5 to 10 RETENTION", "25 to 20 TRUNCATION");
    assertThat(failures).isEmpty();
  }

  @Test
  void aLogThatGrewPastThePositionAgain_isNoEmptyGap() {
    GapFinder.report(PARTITION, 15, 10, 20, out);
    GapFinder.report(PARTITION, 20, 10, 20, out);
    assertThat(gaps).isEmpty();
    assertThat(failures)
        .hasSize(2)
        .allSatisfy(
            failure ->
                assertThat(failure)
                    .isInstanceOf(PartitionFailedException.class)
                    .hasMessageContaining("the log of t-0 was truncated somewhere below offset"));
  }
}
