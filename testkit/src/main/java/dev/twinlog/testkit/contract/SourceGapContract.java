package dev.twinlog.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.twinlog.spi.GapCause;
import dev.twinlog.spi.Source;
import dev.twinlog.testkit.internal.contract.Closing;
import dev.twinlog.testkit.internal.contract.ReaderProbe;
import dev.twinlog.testkit.internal.contract.SampleRecords;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A contract test for {@link Source}s whose records can be deleted before they are read: the reader
 * reports a gap with its bounds, and only that partition stops. A source whose readers know the
 * topic id of what they read also extends {@link SourceRecreationContract}.
 */
public abstract class SourceGapContract {
  private static final String TOPIC = "contract-gap";
  private static final TopicPartition FIRST = new TopicPartition(TOPIC, 0);
  private static final TopicPartition SECOND = new TopicPartition(TOPIC, 1);

  private SourceGapFixture fixture;
  private Source source;
  private ReaderProbe probe;

  /** A new fixture for one test. */
  protected abstract SourceGapFixture openFixture() throws Exception;

  @BeforeEach
  final void openSource() throws Exception {
    fixture = openFixture();
    fixture.createTopic(TOPIC, 2);
    source = fixture.source(TOPIC);
    probe = new ReaderProbe(source, fixture.patience());
  }

  @AfterEach
  final void closeSource() throws Exception {
    Closing.all(probe, source, fixture);
  }

  @Test
  void retention_isAGap_thatLeavesOtherPartitionsAlone() {
    fixture.append(FIRST, SampleRecords.records(0, 10));
    fixture.append(SECOND, SampleRecords.records(0, 10));
    fixture.deleteBefore(FIRST, 6);
    probe.assign(FIRST, 2);
    probe.assign(SECOND, 0);
    probe.pollUntil("a gap", () -> probe.gap(FIRST) != null);
    assertEquals(new ReaderProbe.Gap(2, 6, GapCause.RETENTION), probe.gap(FIRST));
    fixture.append(FIRST, SampleRecords.records(10, 12));
    probe.pollUntilRead(SECOND, 10); // the probe fails if FIRST delivers anything
    assertEquals(List.of(), probe.records(FIRST));
    probe.assign(FIRST, 6);
    probe.pollUntilEnd(FIRST);
    assertEquals(
        SampleRecords.contents(SampleRecords.records(6, 12)),
        SampleRecords.contents(probe.records(FIRST)));
  }

  @Test
  void aPositionBeyondTheEnd_isATruncation() {
    fixture.append(FIRST, SampleRecords.records(0, 10));
    fixture.append(SECOND, SampleRecords.records(0, 10));
    probe.assign(FIRST, 25);
    probe.assign(SECOND, 0);
    probe.pollUntil("a gap", () -> probe.gap(FIRST) != null);
    assertEquals(new ReaderProbe.Gap(25, 10, GapCause.TRUNCATION), probe.gap(FIRST));
    probe.pollUntilRead(SECOND, 10);
    assertNull(probe.gap(SECOND));
  }
}
