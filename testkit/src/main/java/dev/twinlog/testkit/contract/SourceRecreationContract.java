package dev.twinlog.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.twinlog.spi.Source;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.testkit.internal.contract.Closing;
import dev.twinlog.testkit.internal.contract.ReaderProbe;
import dev.twinlog.testkit.internal.contract.SampleRecords;
import java.util.HashSet;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A contract test for {@link Source}s whose readers detect by themselves that a topic was
 * recreated. With any other source the engine detects it at the next discovery, by the topic id.
 */
public abstract class SourceRecreationContract {
  private static final String TOPIC = "contract-recreated";
  private static final TopicPartition FIRST = new TopicPartition(TOPIC, 0);

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
  void aRecreatedTopic_hasAnotherIdentity_andIsNeverReadOnSilently() {
    fixture.append(FIRST, SampleRecords.records(0, 10));
    Set<SourcePartition> before = new HashSet<>(source.partitions());
    probe.assign(FIRST, 0);
    probe.pollUntilEnd(FIRST);
    fixture.recreateTopic(TOPIC, 2);
    fixture.append(FIRST, SampleRecords.records(100, 120));
    assertNotEquals(before, new HashSet<>(source.partitions()));
    probe.pollUntil(
        "a gap or a failure", () -> probe.gap(FIRST) != null || probe.failure(FIRST) != null);
    assertEquals(10, probe.records(FIRST).size(), "records of the new topic were read");
  }
}
