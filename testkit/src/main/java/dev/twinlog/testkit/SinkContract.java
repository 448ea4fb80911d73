package dev.twinlog.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.twinlog.spi.OffsetRun;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.Sink;
import dev.twinlog.spi.WriteAck;
import dev.twinlog.testkit.contract.SinkFaultContract;
import dev.twinlog.testkit.internal.contract.Closing;
import dev.twinlog.testkit.internal.contract.SampleRecords;
import dev.twinlog.testkit.internal.contract.WriterProbe;
import dev.twinlog.testkit.internal.records.EncodedRecords;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A contract test for {@link Sink}s and their writers. Extend it, give it a fixture that makes a
 * sink and reads its target, and inherit the tests. A sink whose target can be made to stall and to
 * fail also extends {@link SinkFaultContract}; one that can recover, {@link
 * RecoverableSinkContract}.
 */
public abstract class SinkContract {
  private static final String TOPIC = "contract-sink";
  private static final Route FIRST = route(0, 0);
  private static final Route SECOND = route(1, 1);

  private SinkFixture fixture;
  private Sink sink;
  private WriterProbe probe;

  /** A new fixture for one test. */
  protected abstract SinkFixture openFixture() throws Exception;

  @BeforeEach
  final void openSink() throws Exception {
    fixture = openFixture();
    fixture.createTopic(TOPIC, 2);
    sink = fixture.sink();
    probe = new WriterProbe(sink, fixture.patience());
  }

  @AfterEach
  final void closeSink() throws Exception {
    Closing.all(probe, sink, fixture);
  }

  static Route route(int source, int target) {
    return new Route(
        new TopicPartition("contract-source", source), new TopicPartition(TOPIC, target));
  }

  @Test
  void write_landsEveryFieldAsItWas_andSaysWhere() {
    List<ReplicationRecord> records = SampleRecords.records(0, 60);
    probe.open(FIRST);
    WriteAck ack = probe.put(FIRST, records);
    WriterProbe.assertRuns(ack, records, assertWritten(FIRST, records));
  }

  private List<ReplicationRecord> assertWritten(Route route, List<ReplicationRecord> expected) {
    List<ReplicationRecord> written = fixture.records(route.target());
    assertEquals(SampleRecords.contents(expected), SampleRecords.contents(written));
    return written;
  }

  @Test
  void write_ofAnEncodedBatch_landsItsRecords() {
    List<ReplicationRecord> records = SampleRecords.records(30, 90);
    ReplicationBatch batch =
        ReplicationBatch.ofEncoded(FIRST.source(), EncodedRecords.encode(records));
    probe.open(FIRST);
    WriteAck ack = probe.awaitAck(probe.write(FIRST, batch));
    WriterProbe.assertRuns(ack, records, assertWritten(FIRST, records));
  }

  @Test
  void write_ofRecordsWithHolesBetween_givesARunForEachStretch() {
    List<ReplicationRecord> records = new ArrayList<>();
    for (int offset : new int[] {5, 6, 9, 20, 21, 22}) {
      records.add(SampleRecords.record(offset, offset));
    }
    probe.open(FIRST);
    WriteAck ack = probe.put(FIRST, records);
    WriterProbe.assertRuns(ack, records, assertWritten(FIRST, records));
    long previous = -1;
    for (OffsetRun run : ack.runs()) {
      assertTrue(run.sourceFirst() > previous, "runs ascend: " + ack);
      previous = run.sourceNext() - 1;
    }
  }

  @Test
  void writes_ofARoute_landInTheOrderOfTheCalls() {
    List<CompletableFuture<WriteAck>> stages = new ArrayList<>();
    probe.open(FIRST);
    probe.open(SECOND);
    for (int i = 0; i < 100; i++) {
      stages.add(probe.write(FIRST, SampleRecords.records(3 * i, 3 * i + 3)));
      stages.add(probe.write(SECOND, SampleRecords.records(1_000 + i, 1_001 + i)));
    }
    stages.forEach(probe::awaitAck);
    assertWritten(FIRST, SampleRecords.records(0, 300));
    assertWritten(SECOND, SampleRecords.records(1_000, 1_100));
  }

  @Test
  void routesIntoOnePartition_keepTheirOwnOrder() {
    Route other = route(1, 0);
    probe.open(FIRST);
    probe.open(other);
    List<CompletableFuture<WriteAck>> stages = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      stages.add(probe.write(FIRST, List.of(SampleRecords.record(i, i))));
      stages.add(probe.write(other, List.of(SampleRecords.record(i, 1_000 + i))));
    }
    stages.forEach(probe::awaitAck);
    List<ReplicationRecord> written = fixture.records(FIRST.target());
    assertEquals(80, written.size());
    assertEquals(SampleRecords.contents(SampleRecords.records(0, 40)), timed(written, 0, 1_000));
    assertEquals(
        SampleRecords.contents(SampleRecords.records(1_000, 1_040)), timed(written, 1_000, 2_000));
  }

  private static List<String> timed(List<ReplicationRecord> records, int from, int to) {
    return SampleRecords.contents(
        records.stream()
            .filter(record -> record.timestamp() >= SampleRecords.TIME + from)
            .filter(record -> record.timestamp() < SampleRecords.TIME + to)
            .toList());
  }

  @Test
  void open_again_changesNothingForARouteThatIsWell() {
    probe.open(FIRST);
    probe.put(FIRST, SampleRecords.records(0, 5));
    probe.open(FIRST);
    probe.put(FIRST, SampleRecords.records(5, 10));
    assertWritten(FIRST, SampleRecords.records(0, 10));
  }

  @Test
  void flush_withNothingBuffered_isAllowed() {
    probe.flush();
    probe.open(FIRST);
    probe.flush();
    probe.put(FIRST, SampleRecords.records(0, 1));
    probe.flush();
    assertWritten(FIRST, SampleRecords.records(0, 1));
  }

  @Test
  void close_completesEveryStage_andWhatSucceededIsThere() {
    probe.open(FIRST);
    List<CompletableFuture<WriteAck>> stages = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      stages.add(probe.write(FIRST, List.of(SampleRecords.record(i, i))));
    }
    probe.close();
    int written = fixture.records(FIRST.target()).size();
    for (int i = 0; i < stages.size(); i++) {
      Throwable error = WriterProbe.errorOf(stages.get(i), "a stage is incomplete after close");
      assertTrue(error != null || i < written, "write " + i + " succeeded, but was not written");
    }
    assertWritten(FIRST, SampleRecords.records(0, written));
    probe = new WriterProbe(sink, fixture.patience());
  }
}
