package dev.twinlog.internal.engine.partition;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.Gap;
import dev.twinlog.PartitionState;
import dev.twinlog.internal.engine.lane.GapException;
import dev.twinlog.internal.engine.partition.OpeningEvent.Opened;
import dev.twinlog.internal.engine.partition.OpeningEvent.OpeningFailed;
import dev.twinlog.internal.engine.partition.PartitionEffect.CountRetry;
import dev.twinlog.internal.engine.partition.PartitionEffect.FailLink;
import dev.twinlog.internal.engine.partition.PartitionEffect.ProveOwnership;
import dev.twinlog.internal.engine.partition.PartitionEffect.ReportRetry;
import dev.twinlog.internal.engine.partition.PartitionEffect.ReportStop;
import dev.twinlog.internal.engine.partition.PartitionEffect.Show;
import dev.twinlog.internal.engine.partition.PartitionEffect.SkipLoss;
import dev.twinlog.internal.engine.partition.PartitionEvent.Step;
import dev.twinlog.internal.engine.partition.PartitionLife.AtEnd;
import dev.twinlog.internal.engine.partition.PartitionLife.Attempt;
import dev.twinlog.internal.engine.partition.PartitionLife.Close;
import dev.twinlog.internal.engine.partition.PartitionLife.Continue;
import dev.twinlog.internal.engine.partition.PartitionLife.Copying;
import dev.twinlog.internal.engine.partition.PartitionLife.Draining;
import dev.twinlog.internal.engine.partition.PartitionLife.NotMoving;
import dev.twinlog.internal.engine.partition.PartitionLife.Pause;
import dev.twinlog.internal.engine.partition.PartitionLife.Paused;
import dev.twinlog.internal.engine.partition.PartitionLife.Recovering;
import dev.twinlog.internal.engine.partition.PartitionLife.Retrying;
import dev.twinlog.internal.engine.partition.PartitionLife.Stop;
import dev.twinlog.internal.engine.partition.PartitionLife.Stopped;
import dev.twinlog.internal.engine.partition.PartitionLife.Waiting;
import dev.twinlog.internal.engine.partition.SessionEvent.AtSourceEnd;
import dev.twinlog.internal.engine.partition.SessionEvent.BehindSourceEnd;
import dev.twinlog.internal.engine.partition.SessionEvent.SessionEnded;
import dev.twinlog.internal.engine.partition.SessionEvent.WritesStalled;
import dev.twinlog.internal.engine.partition.SourceEvent.TopicRefused;
import dev.twinlog.spi.GapCause;
import dev.twinlog.spi.RetriableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** Tests what failures and losses make of a partition. */
final class PartitionFailuresTest extends PartitionLives {
  private static final LossPolicy STOPS = new LossPolicy(Gap.STOP);
  private static final LossPolicy CONTINUES = new LossPolicy(Gap.CONTINUE);

  // Retrying.

  @Test
  void aSessionThatFails_isRetriedAfterTheBackoffForItsFailures() {
    Copying life = new Copying(ATTEMPT);
    assertThat(next(life, new SessionEnded(false, false, LATER)))
        .isEqualTo(
            Step.to(
                new Retrying(NOW + 3_000_000_000L, NONE.withFailures(3)),
                new Show("again in 3000 ms: timed out", LATER),
                new CountRetry(),
                new ReportRetry(LATER, Duration.ofSeconds(3))));
    assertThat(next(life, new SessionEnded(true, false, LATER)).next())
        .isEqualTo(new Retrying(NOW + 1_000_000_000L, NONE.withFailures(1)));
  }

  @Test
  void aPausedSessionThatFails_staysPaused() {
    assertThat(
            next(new Draining(ATTEMPT, new Pause()), new SessionEnded(false, false, LATER)).next())
        .isEqualTo(new Paused(NONE.withFailures(3)));
  }

  @Test
  void afterAFailure_theSessionIsShownAsRetryingUntilItMoves() {
    PartitionLife opened =
        next(
                new Recovering(PartitionState.RETRYING, NONE.withFailures(2), new Continue()),
                new Opened(SESSION, Map.of()))
            .next();
    assertThat(opened).isEqualTo(new Copying(attempt(new NotMoving(""))));
    assertThat(next(opened, new BehindSourceEnd(false))).isEqualTo(Step.stay(opened));
    assertThat(next(opened, new BehindSourceEnd(true)).next()).isEqualTo(new Copying(ATTEMPT));
    assertThat(next(opened, new AtSourceEnd()).next())
        .isEqualTo(new Copying(new Attempt(SESSION, new AtEnd(), 0)));
  }

  @Test
  void aStallIsCountedOnce_andItsNewAnswersAreShown() {
    Copying life = new Copying(ATTEMPT);
    Step first = next(life, new WritesStalled("no acknowledgement", null));
    assertThat(first.effects()).hasSize(2).contains(new CountRetry());
    assertThat(next(first.next(), new WritesStalled("no acknowledgement", null)))
        .isEqualTo(Step.stay(first.next()));
    assertThat(next(first.next(), new WritesStalled("not enough replicas", LATER)).effects())
        .hasSize(1)
        .allMatch(Show.class::isInstance);
  }

  @Test
  void aFence_asksForAProofOfOwnership_andIsRetried() {
    Step step = next(new Copying(ATTEMPT), new SessionEnded(true, false, FENCE));
    assertThat(step.effects()).startsWith(new ProveOwnership());
    assertThat(step.next()).isInstanceOf(Retrying.class);
    RetriableException late = new RetriableException("the route was fenced", FENCE);
    assertThat(next(new Copying(ATTEMPT), new SessionEnded(true, false, late)).effects())
        .startsWith(new ProveOwnership());
  }

  @Test
  void anErrorOfTheLink_endsTheLink_exceptWhileItIsClosed() {
    SessionEnded end = new SessionEnded(true, false, FATAL);
    assertThat(next(new Copying(ATTEMPT), end).effects()).containsExactly(new FailLink(FATAL));
    assertThat(next(new Draining(ATTEMPT, new Close()), end).effects()).isEmpty();
  }

  // Stopping.

  @Test
  void aStopThatWasRequested_isExplainedByItsCause_unlessTheSessionFailsWithAStrongerOne() {
    Draining life = new Draining(ATTEMPT, new Stop(LOOP, false));
    assertThat(next(life, new SessionEnded(true, false, null)))
        .isEqualTo(
            Step.to(
                new Stopped(LOOP, false, NONE),
                new Show(LOOP.getMessage(), LOOP),
                new ReportStop(LOOP)));
    assertThat(next(life, new SessionEnded(true, false, LATER)).next())
        .isEqualTo(new Stopped(LOOP, false, NONE));
    assertThat(next(life, new SessionEnded(true, false, FAILED)).next())
        .isEqualTo(new Stopped(FAILED, false, NONE));
  }

  @Test
  void aRecreatedTopic_explainsEveryError() {
    Draining life = new Draining(ATTEMPT, new Stop(RECREATED, false));
    assertThat(next(life, new SessionEnded(true, false, FAILED)).next())
        .isEqualTo(new Stopped(RECREATED, false, NONE));
    assertThat(next(life, new TopicRefused(LOOP)).next()).isEqualTo(life);
  }

  @Test
  void aMismatchOnACompactedTopic_isWrittenAgain_elsewhereItStops() {
    assertThat(next(new Copying(ATTEMPT), new SessionEnded(true, true, MISMATCH)).next())
        .isEqualTo(new Waiting(NONE.withRepeatsAccepted()));
    assertThat(next(new Copying(ATTEMPT), new SessionEnded(true, false, MISMATCH)).next())
        .isEqualTo(new Stopped(MISMATCH, false, NONE));
  }

  // Losses that don't stop it.

  @Test
  void everyExactGap_isPassed_whereThatIsThePolicy_andNothingElseChanges() {
    List<PartitionEvent> events = new ArrayList<>(events());
    events.add(new SessionEnded(true, false, GAP));
    events.add(new SessionEnded(false, true, GAP));
    events.add(new OpeningFailed(GAP, false));
    for (PartitionEvent event : events) {
      for (PartitionLife life : states()) {
        Step step = next(life, event);
        assertThat(STOPS.apply(step, TIMES)).isEqualTo(step);
        Step instead = CONTINUES.apply(step, TIMES);
        if (step.next() instanceof Stopped stopped && stopped.cause() == GAP) {
          assertThat(instead.next())
              .as("%s in %s", event, life)
              .isInstanceOfAny(Waiting.class, Retrying.class, Paused.class);
          assertThat(instead.effects())
              .contains(new SkipLoss(GAP))
              .noneMatch(ReportStop.class::isInstance);
        } else {
          assertThat(instead).as("%s in %s", event, life).isEqualTo(step);
        }
      }
    }
  }

  @Test
  void aGapThatIsPassed_isReported_andASecondOneWithoutAnyRecordWaits() {
    Step first = next(new Copying(ATTEMPT), new SessionEnded(true, false, GAP));
    assertThat(CONTINUES.apply(first, TIMES))
        .isEqualTo(
            Step.to(
                new Waiting(NONE.withFailures(1)),
                new PartitionEffect.ReportGap(GAP),
                new SkipLoss(GAP),
                new Show("continues at 7 after a gap", null)));
    Step second = next(new Copying(ATTEMPT), new SessionEnded(false, false, GAP));
    assertThat(CONTINUES.apply(second, TIMES).next())
        .isEqualTo(new Retrying(NOW + 2_000_000_000L, NONE.withFailures(3)));
  }

  @Test
  void aGapOfAPausedPartition_isPassed_andItStaysPaused() {
    Step step = next(new Draining(ATTEMPT, new Pause()), new SessionEnded(true, false, GAP));
    assertThat(CONTINUES.apply(step, TIMES).next()).isEqualTo(new Paused(NONE));
  }

  @Test
  void whereMoreIsUnknownThanTheGapSays_itStops() {
    GapException somewhere = new GapException(ORDERS, 7, 3, GapCause.TRUNCATION);
    GapException repeats =
        new GapException(ORDERS, 3, 7, GapCause.RETENTION, 2, OptionalInt.empty());
    GapException known = new GapException(ORDERS, 7, 3, GapCause.TRUNCATION, 0, OptionalInt.of(5));
    for (GapException gap : List.of(somewhere, repeats)) {
      Step step = next(new Copying(ATTEMPT), new SessionEnded(true, false, gap));
      assertThat(CONTINUES.apply(step, TIMES)).isEqualTo(step);
    }
    Step step = next(new Copying(ATTEMPT), new SessionEnded(true, false, known));
    assertThat(CONTINUES.apply(step, TIMES).next()).isInstanceOf(Waiting.class);
  }
}
