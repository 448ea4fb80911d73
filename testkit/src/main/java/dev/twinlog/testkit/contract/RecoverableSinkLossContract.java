package dev.twinlog.testkit.contract;

import static dev.twinlog.testkit.internal.contract.HeldAssertions.assertHeld;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.twinlog.spi.OffsetRun;
import dev.twinlog.spi.RecoverableSink;
import dev.twinlog.spi.Recovery;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.testkit.internal.contract.SampleRecords;
import dev.twinlog.testkit.internal.contract.WriterProbe;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A contract test for {@link RecoverableSink}s whose target has offsets and can lose acknowledged
 * records: the sink must detect the loss and report what survived.
 */
public abstract class RecoverableSinkLossContract {
  private static final String TOPIC = "contract-loss";
  private static final Route ROUTE =
      new Route(new TopicPartition("contract-source", 0), new TopicPartition(TOPIC, 0));

  private LossySinkFixture fixture;
  private RecoverableSink sink;
  private WriterProbe probe;
  private byte[] state;

  /** A new fixture for one test. */
  protected abstract LossySinkFixture openFixture() throws Exception;

  @BeforeEach
  final void openTarget() throws Exception {
    fixture = openFixture();
    fixture.createTopic(TOPIC, 1);
    sink = (RecoverableSink) fixture.sink();
    probe = WriterProbe.recovering(sink, fixture.patience());
    state = recover(Optional.empty()).newState();
  }

  @AfterEach
  final void closeTarget() throws Exception {
    try {
      if (probe != null) {
        probe.close();
      }
      if (sink instanceof AutoCloseable closeable) {
        closeable.close();
      }
    } finally {
      if (fixture != null) {
        fixture.close();
      }
    }
  }

  private Recovery recover(Optional<RouteProgress> known) {
    Recovery recovery =
        sink.recover(Map.of(ROUTE, known))
            .toCompletableFuture()
            .orTimeout(fixture.patience().toNanos(), TimeUnit.NANOSECONDS)
            .join()
            .get(ROUTE);
    probe.open(ROUTE);
    return Objects.requireNonNull(recovery);
  }

  private List<OffsetRun> copy(int from, int to) {
    return probe.put(ROUTE, SampleRecords.records(from, to)).runs();
  }

  private RouteProgress progress(List<OffsetRun> passed) {
    OffsetRun last = passed.get(passed.size() - 1);
    return new RouteProgress(ROUTE, last.sourceNext(), last.targetNext(), state);
  }

  @Test
  void acknowledgedRecordsThatAreGone_areLost() {
    List<OffsetRun> runs = copy(0, 20);
    long survivingEnd = runs.get(0).targetFirst() + 12;
    fixture.loseTail(ROUTE.target(), survivingEnd);
    Recovery.Lost lost =
        assertInstanceOf(Recovery.Lost.class, recover(Optional.of(progress(runs))));
    assertEquals(survivingEnd, lost.survivingTargetEnd());
  }

  @Test
  void recordsBeyondTheProgressThatAreGone_areNotHeld_andNotLost() {
    List<OffsetRun> passed = copy(0, 10);
    List<OffsetRun> runs = copy(10, 20);
    fixture.loseTail(ROUTE.target(), runs.get(0).targetFirst() + 3);
    OffsetRun left = new OffsetRun(10, runs.get(0).targetFirst(), 3);
    assertHeld(recover(Optional.of(progress(passed))), 10, 13, List.of(left));
  }

  @Test
  void afterALoss_theLinkGoesOnFromWhatSurvived() {
    List<OffsetRun> runs = copy(0, 20);
    long survivingEnd = runs.get(0).targetFirst() + 12;
    fixture.loseTail(ROUTE.target(), survivingEnd);
    byte[] next = recover(Optional.of(progress(runs))).newState();
    List<OffsetRun> again = copy(12, 16);
    RouteProgress at = new RouteProgress(ROUTE, 0, survivingEnd, next);
    assertHeld(recover(Optional.of(at)), 12, 16, again);
  }
}
