package dev.twinlog.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.twinlog.spi.DeadLetterSink;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.Sink;
import dev.twinlog.testkit.SinkFixture;
import dev.twinlog.testkit.internal.contract.Closing;
import dev.twinlog.testkit.internal.contract.SampleRecords;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A contract test for {@link Sink}s that keep dead letters. */
public abstract class DeadLetterSinkContract {
  private static final String TOPIC = "contract-dead-letters";

  private SinkFixture fixture;
  private Sink sink;
  private DeadLetterSink letters;

  /** A new fixture for one test; its sink is a {@link DeadLetterSink}. */
  protected abstract SinkFixture openFixture() throws Exception;

  @BeforeEach
  final void openSink() throws Exception {
    fixture = openFixture();
    fixture.createTopic(TOPIC, 1);
    sink = fixture.sink();
    letters = assertInstanceOf(DeadLetterSink.class, sink);
  }

  @AfterEach
  final void closeSink() throws Exception {
    Closing.all(sink, fixture);
  }

  @Test
  void aDeadLetter_isStoredAsItIs_whenTheCallReturns() {
    List<ReplicationRecord> records = SampleRecords.records(0, 6);
    for (ReplicationRecord record : records) {
      assertEquals(Optional.empty(), letters.writeDeadLetter(TOPIC, record));
    }
    assertEquals(
        SampleRecords.contents(records),
        SampleRecords.contents(fixture.records(new TopicPartition(TOPIC, 0))));
  }

  @Test
  void aTopicThatDoesNotExist_isARefusal_thatNamesIt() {
    Optional<ReplicationException> refusal =
        letters.writeDeadLetter("contract-dead-letters-absent", SampleRecords.record(0, 0));
    assertTrue(
        String.valueOf(refusal.orElseThrow().getMessage()).contains("contract-dead-letters-absent"),
        () -> "the refusal was " + refusal);
  }
}
