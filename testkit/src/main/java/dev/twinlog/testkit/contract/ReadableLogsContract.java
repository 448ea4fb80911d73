package dev.twinlog.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.twinlog.spi.ReadableLogs;
import dev.twinlog.spi.Source;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.StartPosition;
import dev.twinlog.spi.TopicLogs;
import dev.twinlog.testkit.SourceFixture;
import dev.twinlog.testkit.internal.contract.Closing;
import dev.twinlog.testkit.internal.contract.ReaderProbe;
import dev.twinlog.testkit.internal.contract.SampleRecords;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A contract test for sources that are {@link ReadableLogs}, and for the {@link TopicLogs} that
 * they open: what was written is read as it is, beside the source and as often as one likes.
 */
public abstract class ReadableLogsContract {
  private static final String TOPIC = "contract-logs";
  private static final TopicPartition FIRST = new TopicPartition(TOPIC, 0);
  private static final TopicPartition SECOND = new TopicPartition(TOPIC, 1);
  private static final long READ_AHEAD = 1 << 20;

  private SourceFixture fixture;
  private Source source;
  private ReadableLogs readable;

  /** A new fixture for one test; its source is a {@link ReadableLogs}. */
  protected abstract SourceFixture openFixture() throws Exception;

  @BeforeEach
  final void openSource() throws Exception {
    fixture = openFixture();
    fixture.createTopic(TOPIC, 2);
    source = fixture.source(TOPIC);
    readable = assertInstanceOf(ReadableLogs.class, source);
  }

  @AfterEach
  final void closeSource() throws Exception {
    Closing.all(source, fixture);
  }

  private static Set<TopicPartition> partitions(TopicLogs logs) {
    Set<TopicPartition> found = new HashSet<>();
    logs.partitions().stream().map(SourcePartition::partition).forEach(found::add);
    return found;
  }

  @Test
  void partitions_areThoseOfTopicsThatExist() {
    try (TopicLogs logs = readable.openLogs(List.of(TOPIC, "contract-logs-absent"))) {
      assertEquals(Set.of(FIRST, SECOND), partitions(logs));
    }
    try (TopicLogs none = readable.openLogs(List.of("contract-logs-absent"))) {
      assertEquals(Set.of(), partitions(none));
    }
  }

  @Test
  void positions_areResolvedToOffsets() {
    fixture.append(FIRST, SampleRecords.records(0, 10));
    try (TopicLogs logs = readable.openLogs(List.of(TOPIC))) {
      assertEquals(
          Map.of(FIRST, 0L, SECOND, 0L),
          logs.resolve(Map.of(FIRST, StartPosition.earliest(), SECOND, StartPosition.earliest())));
      assertEquals(
          Map.of(FIRST, 10L, SECOND, 0L),
          logs.resolve(Map.of(FIRST, StartPosition.latest(), SECOND, StartPosition.latest())));
    }
  }

  @Test
  void aReader_returnsWhatIsInTheLogs_fromTheOffsetsThatItIsGiven() {
    fixture.append(FIRST, SampleRecords.records(0, 20));
    fixture.append(SECOND, SampleRecords.records(0, 5));
    try (TopicLogs logs = readable.openLogs(List.of(TOPIC));
        ReaderProbe probe = new ReaderProbe(logs.openReader(READ_AHEAD), fixture.patience())) {
      probe.assign(FIRST, 7);
      probe.assign(SECOND, 0);
      probe.pollUntilEnd(FIRST);
      probe.pollUntilEnd(SECOND);
      assertEquals(
          SampleRecords.contents(SampleRecords.records(7, 20)),
          SampleRecords.contents(probe.records(FIRST)));
      assertEquals(
          SampleRecords.contents(SampleRecords.records(0, 5)),
          SampleRecords.contents(probe.records(SECOND)));
    }
  }

  @Test
  void severalReaders_andTheSource_readIndependently() {
    fixture.append(FIRST, SampleRecords.records(0, 10));
    try (TopicLogs logs = readable.openLogs(List.of(TOPIC));
        TopicLogs others = readable.openLogs(List.of(TOPIC));
        ReaderProbe one = new ReaderProbe(logs.openReader(READ_AHEAD), fixture.patience());
        ReaderProbe other = new ReaderProbe(others.openReader(READ_AHEAD), fixture.patience());
        ReaderProbe copying = new ReaderProbe(source, fixture.patience())) {
      for (ReaderProbe probe : List.of(one, other, copying)) {
        probe.assign(FIRST, 0);
        probe.pollUntilEnd(FIRST);
        assertEquals(10, probe.records(FIRST).size());
      }
    }
  }

  @Test
  void logs_mayBeClosed_andOpenedAgain_andTellNothingOfALinkThatNeverWrote() {
    for (int times = 0; times < 2; times++) {
      try (TopicLogs logs = readable.openLogs(List.of(TOPIC))) {
        assertTrue(logs.describeConfigs(List.of(TOPIC)).keySet().stream().allMatch(TOPIC::equals));
        assertEquals(Map.of(), logs.writtenBy("contract-absent-link"));
      }
    }
  }
}
