package dev.twinlog.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.twinlog.spi.Source;
import dev.twinlog.testkit.internal.contract.Closing;
import dev.twinlog.testkit.internal.contract.ReaderProbe;
import dev.twinlog.testkit.internal.contract.SampleRecords;
import java.time.Duration;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A contract test for {@link Source}s that can lose the connection to some of their partitions: a
 * reported end of a partition is valid only while its leader answers, and a reader without an
 * answer reports that it is retrying, for that partition alone.
 */
public abstract class SourceSilenceContract {
  private static final String TOPIC = "contract-silence";
  private static final TopicPartition FIRST = new TopicPartition(TOPIC, 0);
  private static final TopicPartition SECOND = new TopicPartition(TOPIC, 1);

  private SourceSilenceFixture fixture;
  private Source source;
  private ReaderProbe probe;

  /** A new fixture for one test; its topic's partitions 0 and 1 can be silenced alone. */
  protected abstract SourceSilenceFixture openFixture() throws Exception;

  @BeforeEach
  final void openSource() throws Exception {
    fixture = openFixture();
    fixture.createTopic(TOPIC, 2);
    source = fixture.source(TOPIC);
    probe = new ReaderProbe(source, fixture.patience());
  }

  @AfterEach
  final void closeSource() throws Exception {
    fixture.heal(FIRST);
    Closing.all(probe, source, fixture);
  }

  @Test
  void unreachablePartition_isReportedOnce_andOthersContinue() {
    fixture.append(FIRST, SampleRecords.records(0, 5));
    probe.assign(FIRST, 0);
    probe.assign(SECOND, 0);
    probe.pollUntilEnd(FIRST);
    probe.pollUntilEnd(SECOND);
    fixture.silence(FIRST);
    probe.pollUntil(FIRST + " to be reported as retrying", () -> probe.silence(FIRST) != null);
    int reported = probe.reportedSilences(FIRST);
    fixture.append(SECOND, SampleRecords.records(0, 10));
    probe.pollUntilRead(SECOND, 10);
    probe.pollNothingFor(Duration.ofMillis(500));
    assertNotNull(probe.silence(FIRST), "only an answer of the leader ends it");
    assertFalse(probe.atEnd(FIRST), "an end is valid only while the leader answers");
    assertNull(probe.silence(SECOND));
    // The reader may report a more exact cause later, but not the same one at every poll.
    assertFalse(probe.reportedSilences(FIRST) > reported + 2, "reported at every poll");
  }

  @Test
  void partitionReachableAgain_isReported_withoutNewRecords() {
    fixture.append(FIRST, SampleRecords.records(0, 5));
    probe.assign(FIRST, 0);
    probe.pollUntilEnd(FIRST);
    fixture.silence(FIRST);
    probe.pollUntil(FIRST + " to be reported as retrying", () -> probe.silence(FIRST) != null);
    fixture.heal(FIRST);
    probe.pollUntilEnd(FIRST);
    assertNull(probe.silence(FIRST));
    assertEquals(5, probe.next(FIRST));
    fixture.append(FIRST, SampleRecords.records(5, 7));
    probe.pollUntilRead(FIRST, 7);
  }

  @Test
  void partitionThatWasNeverReachable_isReported() {
    fixture.append(FIRST, SampleRecords.records(0, 5));
    fixture.silence(FIRST);
    probe.assign(FIRST, 5);
    probe.pollUntil(FIRST + " to be reported as retrying", () -> probe.silence(FIRST) != null);
    assertFalse(probe.atEnd(FIRST));
    fixture.heal(FIRST);
    probe.pollUntilEnd(FIRST);
  }
}
