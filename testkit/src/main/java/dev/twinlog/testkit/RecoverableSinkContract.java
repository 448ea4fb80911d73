package dev.twinlog.testkit;

import static dev.twinlog.testkit.internal.contract.HeldAssertions.assertHeld;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.twinlog.spi.CleanCloseSink;
import dev.twinlog.spi.OffsetRun;
import dev.twinlog.spi.RecoverableSink;
import dev.twinlog.spi.Recovery;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.WriteAck;
import dev.twinlog.testkit.contract.RecoverableSinkLossContract;
import dev.twinlog.testkit.internal.contract.SampleRecords;
import dev.twinlog.testkit.internal.contract.WriterProbe;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A contract test for {@link RecoverableSink}s: after any crash the sink reports exactly which
 * records the target holds, and a former instance of the link can't write any more. Accepts all
 * kinds of recovery: {@link Recovery.SkipMatching}, {@link Recovery.SkipRecords} and {@link
 * Recovery.ResumeAt}; and checks what a {@link CleanCloseSink} adds.
 *
 * <p>The fixture's {@link SinkFixture#sink()} must give {@link RecoverableSink}s. A target that can
 * lose its tail is tested by {@link RecoverableSinkLossContract}.
 */
public abstract class RecoverableSinkContract {
  private static final String TOPIC = "contract-recovery";
  private static final Route FIRST =
      new Route(new TopicPartition("contract-source", 0), new TopicPartition(TOPIC, 0));
  private static final Route SECOND =
      new Route(new TopicPartition("contract-source", 1), new TopicPartition(TOPIC, 0));

  private SinkFixture fixture;
  private final List<AutoCloseable> opened = new ArrayList<>();

  /** A new fixture for one test. */
  protected abstract SinkFixture openFixture() throws Exception;

  @BeforeEach
  final void openTarget() throws Exception {
    fixture = openFixture();
    fixture.createTopic(TOPIC, 1);
  }

  @AfterEach
  final void closeAll() throws Exception {
    for (int i = opened.size() - 1; i >= 0; i--) {
      opened.get(i).close();
    }
    if (fixture != null) {
      fixture.close();
    }
  }

  /** One run of the link: its sink, and the writer that it has after a recovery. */
  private final class Life {
    private final RecoverableSink sink = (RecoverableSink) fixture.sink();
    private final Map<Route, RouteProgress> progress = new HashMap<>();
    private final WriterProbe probe;
    private final Map<Route, Recovery> found;

    /** Recovers as the engine does, and starts the progress from the results. */
    Life(Map<Route, Optional<RouteProgress>> known) {
      this(known, Set.of());
    }

    /** As the engine does, opens the writer before the recovery, which tells the sink its link. */
    Life(Map<Route, Optional<RouteProgress>> known, Set<Route> clean) {
      if (sink instanceof AutoCloseable closeable) {
        opened.add(closeable);
      }
      probe = WriterProbe.recovering(sink, fixture.patience());
      opened.add(probe);
      found = recover(sink, known, clean);
      found.forEach(
          (route, recovery) ->
              progress.put(
                  route,
                  new RouteProgress(
                      route,
                      0,
                      requireNonNull(known.get(route)).map(RouteProgress::targetNext).orElse(0L),
                      recovery.newState())));
      known.keySet().forEach(probe::open);
    }

    /** Writes records and moves the progress past them. */
    void copy(Route route, int from, int to) {
      pass(route, probe.put(route, SampleRecords.records(from, to)).runs(), to - from);
    }

    void pass(Route route, List<OffsetRun> runs, long records) {
      RouteProgress now = requireNonNull(progress.get(route));
      long next = runs.isEmpty() ? now.targetNext() : runs.get(runs.size() - 1).targetNext();
      progress.put(route, new RouteProgress(route, now.written() + records, next, now.sinkState()));
    }

    /** Writes records that are not in the saved progress when the run ends. */
    List<OffsetRun> copyUnsaved(Route route, int from, int to) {
      return probe.put(route, SampleRecords.records(from, to)).runs();
    }

    Map<Route, Optional<RouteProgress>> saved() {
      Map<Route, Optional<RouteProgress>> saved = new HashMap<>();
      progress.forEach((route, at) -> saved.put(route, Optional.of(at)));
      return saved;
    }
  }

  private Map<Route, Recovery> recover(
      RecoverableSink sink, Map<Route, Optional<RouteProgress>> known, Set<Route> clean) {
    CompletionStage<Map<Route, Recovery>> asked =
        sink instanceof CleanCloseSink told ? told.recover(known, clean) : sink.recover(known);
    Map<Route, Recovery> found =
        asked
            .toCompletableFuture()
            .orTimeout(fixture.patience().toNanos(), TimeUnit.NANOSECONDS)
            .join();
    assertEquals(known.keySet(), new HashSet<>(found.keySet()), "a result for every route");
    return found;
  }

  private static Map<Route, Optional<RouteProgress>> unknown(Route... routes) {
    Map<Route, Optional<RouteProgress>> unknown = new HashMap<>();
    for (Route route : routes) {
      unknown.put(route, Optional.empty());
    }
    return unknown;
  }

  @Test
  void aRouteThatWasNeverOpened_holdsNothing() {
    Life life = new Life(unknown(FIRST, SECOND));
    for (Recovery recovery : life.found.values()) {
      if (!(recovery instanceof Recovery.ResumeAt)) {
        assertHeld(recovery, 0, 0, List.of());
      }
    }
  }

  @Test
  void nothingIsHeld_beyondAProgressThatIsUpToDate() {
    Life life = new Life(unknown(FIRST));
    life.copy(FIRST, 0, 25);
    assertHeld(new Life(life.saved()).found.get(FIRST), 25, 25, List.of());
  }

  @Test
  void whatLandedBeyondTheProgress_isHeld() {
    Life life = new Life(unknown(FIRST));
    life.copy(FIRST, 0, 10);
    List<OffsetRun> runs = new ArrayList<>(life.copyUnsaved(FIRST, 10, 20));
    runs.addAll(life.copyUnsaved(FIRST, 20, 27));
    assertHeld(new Life(life.saved()).found.get(FIRST), 10, 27, runs);
  }

  @Test
  void whatLandedBeforeTheFirstProgressMoved_isHeld() {
    Life life = new Life(unknown(FIRST));
    List<OffsetRun> runs = life.copyUnsaved(FIRST, 0, 5);
    assertHeld(new Life(life.saved()).found.get(FIRST), 0, 5, runs);
  }

  @Test
  void routesIntoOnePartition_areToldApart() {
    Life life = new Life(unknown(FIRST, SECOND));
    life.copy(FIRST, 0, 3);
    List<OffsetRun> second = new ArrayList<>(life.copyUnsaved(SECOND, 0, 4));
    List<OffsetRun> first = new ArrayList<>(life.copyUnsaved(FIRST, 3, 6));
    second.addAll(life.copyUnsaved(SECOND, 4, 8));
    Life next = new Life(life.saved());
    assertHeld(next.found.get(FIRST), 3, 6, first);
    assertHeld(next.found.get(SECOND), 0, 8, second);
  }

  @Test
  void recovery_canBeAskedAgain() {
    Life life = new Life(unknown(FIRST));
    life.copy(FIRST, 0, 10);
    List<OffsetRun> runs = life.copyUnsaved(FIRST, 10, 20);
    Life second = new Life(life.saved());
    assertHeld(second.found.get(FIRST), 10, 20, runs);
    assertHeld(new Life(life.saved()).found.get(FIRST), 10, 20, runs); // the answer got lost
    Life third = new Life(second.saved()); // it was saved, but nothing came after it
    assertHeld(third.found.get(FIRST), 10, 20, runs);
    assertHeld(
        recover(third.sink, third.saved(), Set.of()).get(FIRST), 10, 20, runs); // by the same sink
  }

  @Test
  void heldRecords_thatTheProgressHasPassed_areHeldNoMore() {
    Life life = new Life(unknown(FIRST));
    life.copy(FIRST, 0, 10);
    List<OffsetRun> runs = life.copyUnsaved(FIRST, 10, 20);
    Life second = new Life(life.saved());
    OffsetRun passed = runs.isEmpty() ? null : new OffsetRun(10, runs.get(0).targetFirst(), 4);
    if (passed != null && runs.size() == 1) {
      second.pass(FIRST, List.of(passed), 4);
      OffsetRun rest = new OffsetRun(14, passed.targetNext(), 6);
      assertHeld(new Life(second.saved()).found.get(FIRST), 14, 20, List.of(rest));
    }
  }

  @Test
  void unsavedRecordsOfTwoRuns_areReportedTogether() {
    Life life = new Life(unknown(FIRST));
    life.copy(FIRST, 0, 10);
    List<OffsetRun> runs = new ArrayList<>(life.copyUnsaved(FIRST, 10, 15));
    Life second = new Life(life.saved());
    runs.addAll(second.copyUnsaved(FIRST, 15, 22));
    assertHeld(new Life(second.saved()).found.get(FIRST), 10, 22, runs);
  }

  @Test
  void aRouteThatWasClosedCleanly_holdsNothing_andIsWrittenOn() {
    Life life = new Life(unknown(FIRST, SECOND));
    life.copy(FIRST, 0, 10);
    life.copy(SECOND, 0, 3);
    List<OffsetRun> second = life.copyUnsaved(SECOND, 3, 6);
    life.probe.close();
    Life next = new Life(life.saved(), Set.of(FIRST));
    assertHeld(next.found.get(FIRST), 10, 10, List.of());
    assertHeld(next.found.get(SECOND), 3, 6, second);
    next.copy(FIRST, 10, 12);
    List<OffsetRun> first = next.copyUnsaved(FIRST, 12, 15);
    assertHeld(new Life(next.saved()).found.get(FIRST), 12, 15, first);
    assertEquals(15 + 6, fixture.records(FIRST.target()).size(), "records of both routes");
  }

  @Test
  void aRouteThatWasClosedCleanlyAndNeverWritten_isWrittenOn() {
    Life life = new Life(unknown(FIRST));
    life.probe.close();
    Life next = new Life(life.saved(), Set.of(FIRST));
    List<OffsetRun> runs = next.copyUnsaved(FIRST, 0, 4);
    assertHeld(new Life(next.saved()).found.get(FIRST), 0, 4, runs);
  }

  @Test
  void aFormerInstance_canWriteNoMore() {
    Life former = new Life(unknown(FIRST));
    former.copy(FIRST, 0, 5);
    Life owner = new Life(former.saved());
    CompletableFuture<WriteAck> late = former.probe.write(FIRST, SampleRecords.records(5, 8));
    assertInstanceOf(ReplicationException.class, former.probe.awaitFailure(late));
    former.probe.open(FIRST);
    former.probe.awaitFailure(former.probe.write(FIRST, SampleRecords.records(5, 8)));
    owner.copy(FIRST, 5, 9);
    List<ReplicationRecord> landed = fixture.records(FIRST.target());
    assertEquals(
        SampleRecords.contents(SampleRecords.records(0, 9)), SampleRecords.contents(landed));
  }

  @Test
  void aStateOfAnUnknownVersion_isRefused() {
    Life life = new Life(unknown(FIRST));
    life.copy(FIRST, 0, 5);
    RouteProgress saved = requireNonNull(life.progress.get(FIRST));
    byte[] state = saved.sinkState().clone();
    if (state.length > 0) {
      state[0] = 0x7e;
      Map<Route, Optional<RouteProgress>> foreign =
          Map.of(
              FIRST,
              Optional.of(new RouteProgress(FIRST, saved.written(), saved.targetNext(), state)));
      CompletionException e =
          assertThrows(CompletionException.class, () -> recover(life.sink, foreign, Set.of()));
      assertInstanceOf(ReplicationException.class, e.getCause());
    }
  }
}
