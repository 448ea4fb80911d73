package dev.twinlog.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.twinlog.spi.Source;
import java.time.Duration;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What a {@link Source} promises that can be cut off from some of its partitions: an end counts
 * only while it is heard, and a reader that can't hear it says so, for that partition alone.
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
  void aPartitionThatCannotBeHeard_isToldOnce_andOthersGoOn() {
    fixture.append(FIRST, SampleRecords.records(0, 5));
    probe.assign(FIRST, 0);
    probe.assign(SECOND, 0);
    probe.pollUntilEnd(FIRST);
    probe.pollUntilEnd(SECOND);
    fixture.silence(FIRST);
    probe.pollUntil("that " + FIRST + " is not heard", () -> probe.silence(FIRST) != null);
    int told = probe.toldSilences(FIRST);
    fixture.append(SECOND, SampleRecords.records(0, 10));
    probe.pollUntilRead(SECOND, 10);
    probe.pollNothingFor(Duration.ofMillis(500));
    assertNotNull(probe.silence(FIRST), "nothing ends it but being heard again");
    assertFalse(probe.atEnd(FIRST), "an end counts only while it is heard");
    assertNull(probe.silence(SECOND));
    // it may find out more about the cause, but does not say the same again and again
    assertFalse(probe.toldSilences(FIRST) > told + 2, "said at every poll");
  }

  @Test
  void aPartitionThatIsHeardAgain_isToldAgain_thoughNothingHasChanged() {
    fixture.append(FIRST, SampleRecords.records(0, 5));
    probe.assign(FIRST, 0);
    probe.pollUntilEnd(FIRST);
    fixture.silence(FIRST);
    probe.pollUntil("that " + FIRST + " is not heard", () -> probe.silence(FIRST) != null);
    fixture.heal(FIRST);
    probe.pollUntilEnd(FIRST);
    assertNull(probe.silence(FIRST));
    assertEquals(5, probe.next(FIRST));
    fixture.append(FIRST, SampleRecords.records(5, 7));
    probe.pollUntilRead(FIRST, 7);
  }

  @Test
  void aPartitionThatWasNeverHeard_isToldToo() {
    fixture.append(FIRST, SampleRecords.records(0, 5));
    fixture.silence(FIRST);
    probe.assign(FIRST, 5);
    probe.pollUntil("that " + FIRST + " is not heard", () -> probe.silence(FIRST) != null);
    assertFalse(probe.atEnd(FIRST));
    fixture.heal(FIRST);
    probe.pollUntilEnd(FIRST);
  }
}
