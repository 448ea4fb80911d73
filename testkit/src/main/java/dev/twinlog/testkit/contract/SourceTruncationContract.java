package dev.twinlog.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.twinlog.spi.EpochSourceReader;
import dev.twinlog.spi.GapCause;
import dev.twinlog.spi.Source;
import dev.twinlog.spi.SourcePosition;
import dev.twinlog.testkit.internal.contract.Closing;
import dev.twinlog.testkit.internal.contract.ReaderProbe;
import dev.twinlog.testkit.internal.contract.SampleRecords;
import java.util.List;
import java.util.OptionalInt;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A contract test for {@link Source}s whose readers are {@link EpochSourceReader}s: they detect
 * that a log was truncated while no reader was open, even if it has grown past the position since.
 */
public abstract class SourceTruncationContract {
  private static final String TOPIC = "contract-truncation";
  private static final TopicPartition FIRST = new TopicPartition(TOPIC, 0);
  private static final TopicPartition SECOND = new TopicPartition(TOPIC, 1);

  private SourceTruncationFixture fixture;
  private Source source;

  /** A new fixture for one test. */
  protected abstract SourceTruncationFixture openFixture() throws Exception;

  @BeforeEach
  final void openSource() throws Exception {
    fixture = openFixture();
    fixture.createTopic(TOPIC, 2);
    source = fixture.source(TOPIC);
  }

  @AfterEach
  final void closeSource() throws Exception {
    Closing.all(source, fixture);
  }

  @Test
  void truncatedAndGrownAgainWhileNoReaderWasOpen_isAGap_thatLeavesOtherPartitionsAlone() {
    fixture.append(FIRST, SampleRecords.records(0, 10));
    fixture.append(SECOND, SampleRecords.records(0, 10));
    OptionalInt epoch = epochBehind(FIRST, 10);
    OptionalInt other = epochBehind(SECOND, 10);
    fixture.truncateAfter(FIRST, 4);
    fixture.append(FIRST, SampleRecords.records(100, 120));
    fixture.append(SECOND, SampleRecords.records(10, 12));
    try (ReaderProbe probe = new ReaderProbe(source, fixture.patience())) {
      probe.assign(FIRST, new SourcePosition(10, epoch));
      probe.assign(SECOND, new SourcePosition(10, other));
      probe.pollUntil("a gap", () -> probe.gap(FIRST) != null);
      assertEquals(new ReaderProbe.Gap(10, 4, GapCause.TRUNCATION), probe.gap(FIRST));
      probe.pollUntilEnd(SECOND);
      assertNull(probe.gap(SECOND));
      assertEquals(List.of(), probe.records(FIRST));
      probe.assign(FIRST, 4);
      probe.pollUntilEnd(FIRST);
      assertEquals(
          SampleRecords.contents(SampleRecords.records(100, 120)),
          SampleRecords.contents(probe.records(FIRST)));
    }
  }

  @Test
  void aLogThatOnlyHasAnotherLeader_isReadOn() {
    fixture.append(FIRST, SampleRecords.records(0, 10));
    OptionalInt epoch = epochBehind(FIRST, 10);
    fixture.truncateAfter(FIRST, 10);
    fixture.append(FIRST, SampleRecords.records(10, 12));
    try (ReaderProbe probe = new ReaderProbe(source, fixture.patience())) {
      probe.assign(FIRST, new SourcePosition(10, epoch));
      probe.pollUntilRead(FIRST, 2);
      assertNull(probe.gap(FIRST));
    }
  }

  private OptionalInt epochBehind(TopicPartition partition, int records) {
    try (ReaderProbe probe = new ReaderProbe(source, fixture.patience())) {
      probe.assign(partition, 0);
      probe.pollUntilRead(partition, records);
      OptionalInt epoch =
          ((EpochSourceReader) probe.reader()).leaderEpoch(partition, probe.next(partition));
      assertTrue(epoch.isPresent(), "the leader epoch of the last record read is known");
      return epoch;
    }
  }
}
