package dev.twinlog.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.twinlog.spi.PartialWriteException;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.Sink;
import dev.twinlog.spi.WriteAck;
import dev.twinlog.testkit.internal.contract.Closing;
import dev.twinlog.testkit.internal.contract.SampleRecords;
import dev.twinlog.testkit.internal.contract.WriterProbe;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A contract test for {@link Sink}s whose target stalls or refuses writes. */
public abstract class SinkFaultContract {
  private static final String TOPIC = "contract-fault";
  private static final Route FIRST =
      new Route(new TopicPartition("contract-source", 0), new TopicPartition(TOPIC, 0));
  private static final Route SECOND =
      new Route(new TopicPartition("contract-source", 1), new TopicPartition(TOPIC, 1));

  private StallingSinkFixture fixture;
  private Sink sink;
  private WriterProbe probe;

  /** A new fixture for one test. */
  protected abstract StallingSinkFixture openFixture() throws Exception;

  @BeforeEach
  final void openSink() throws Exception {
    fixture = openFixture();
    fixture.createTopic(TOPIC, 2);
    sink = fixture.sink();
    probe = new WriterProbe(sink, fixture.patience());
    probe.open(FIRST);
    probe.open(SECOND);
  }

  @AfterEach
  final void closeSink() throws Exception {
    Closing.all(probe, sink, fixture);
  }

  @Test
  void write_doesNotBlock_whileTheTargetStalls() {
    fixture.stall();
    long start = System.nanoTime();
    List<CompletableFuture<WriteAck>> stages = writeSingles(0, 200);
    probe.flush();
    assertTrue(
        System.nanoTime() - start < Duration.ofSeconds(5).toNanos(),
        "200 small writes took 5 seconds");
    fixture.unstall();
    stages.forEach(probe::awaitEnd);
  }

  private List<CompletableFuture<WriteAck>> writeSingles(int from, int to) {
    List<CompletableFuture<WriteAck>> stages = new ArrayList<>();
    for (int i = from; i < to; i++) {
      stages.add(probe.write(FIRST, List.of(SampleRecords.record(i, i))));
    }
    return stages;
  }

  @Test
  void afterAFailure_nothingOfTheRouteLands_untilItIsOpened() {
    probe.put(FIRST, SampleRecords.records(0, 3));
    fixture.refuse(FIRST);
    List<CompletableFuture<WriteAck>> queued = writeSingles(3, 103);
    for (CompletableFuture<WriteAck> stage : queued) {
      assertInstanceOf(ReplicationException.class, probe.awaitFailure(stage));
    }
    fixture.accept(FIRST);
    for (CompletableFuture<WriteAck> stage : writeSingles(103, 110)) {
      probe.awaitFailure(stage);
    }
    assertWritten(FIRST, 0, 3);
    probe.open(FIRST);
    probe.put(FIRST, SampleRecords.records(3, 20));
    assertWritten(FIRST, 0, 20);
  }

  @Test
  void aFailureThatSaysWhatLanded_saysTheTruth() {
    fixture.refuse(FIRST);
    Throwable failure = probe.awaitFailure(probe.write(FIRST, SampleRecords.records(0, 50)));
    fixture.accept(FIRST);
    int landed = 0;
    if (failure instanceof PartialWriteException partly) {
      landed = (int) partly.records();
      List<ReplicationRecord> written = SampleRecords.records(0, landed);
      assertEquals(landed, partly.sourceNext(), "the first record that was not written");
      List<ReplicationRecord> there = fixture.records(FIRST.target());
      assertTrue(there.size() >= landed, "%d of %d are there".formatted(there.size(), landed));
      WriterProbe.assertRuns(WriteAck.of(partly.runs()), written, there.subList(0, landed));
    }
    // As the engine does with a sink that can't recover.
    probe.open(FIRST);
    probe.put(FIRST, SampleRecords.records(landed, 50));
    List<ReplicationRecord> there = fixture.records(FIRST.target());
    assertEquals(
        SampleRecords.contents(SampleRecords.records(landed, 50)),
        SampleRecords.contents(there.subList(there.size() - 50 + landed, there.size())));
  }

  private void assertWritten(Route route, int from, int to) {
    assertEquals(
        SampleRecords.contents(SampleRecords.records(from, to)),
        SampleRecords.contents(fixture.records(route.target())));
  }

  @Test
  void aRouteThatFails_leavesTheOthersAlone() {
    fixture.refuse(FIRST);
    List<CompletableFuture<WriteAck>> failing = writeSingles(0, 20);
    probe.put(SECOND, SampleRecords.records(0, 20));
    failing.forEach(probe::awaitFailure);
    probe.put(SECOND, SampleRecords.records(20, 30));
    assertWritten(SECOND, 0, 30);
    assertWritten(FIRST, 0, 0);
  }

  @Test
  void close_completesEveryStage_whileTheTargetStalls() {
    fixture.stall();
    List<CompletableFuture<WriteAck>> stages = writeSingles(0, 20);
    probe.flush();
    long start = System.nanoTime();
    probe.close();
    assertTrue(
        System.nanoTime() - start < fixture.patience().toNanos(),
        () -> "close took longer than " + fixture.patience());
    for (CompletableFuture<WriteAck> stage : stages) {
      WriterProbe.errorOf(stage, "a stage is incomplete after close");
    }
    fixture.unstall();
    List<ReplicationRecord> landed = fixture.records(FIRST.target());
    assertWritten(FIRST, 0, landed.size());
    probe = new WriterProbe(sink, fixture.patience());
  }

  @Test
  void abandon_completesWhatIsUnderWay_andTheRouteCanBeOpenedAgain() {
    fixture.stall();
    List<CompletableFuture<WriteAck>> stages = writeSingles(0, 20);
    probe.flush();
    probe.writer().abandon(FIRST);
    fixture.unstall();
    stages.forEach(probe::awaitEnd);
    int landed = fixture.records(FIRST.target()).size();
    assertWritten(FIRST, 0, landed);
    probe.open(FIRST);
    probe.put(FIRST, SampleRecords.records(landed, landed + 5));
    assertWritten(FIRST, 0, landed + 5);
  }
}
