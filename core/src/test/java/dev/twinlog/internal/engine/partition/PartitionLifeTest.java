package dev.twinlog.internal.engine.partition;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.Gap;
import dev.twinlog.PartitionState;
import dev.twinlog.internal.engine.lane.CopySession;
import dev.twinlog.internal.engine.lane.GapException;
import dev.twinlog.internal.engine.lane.RouteTable;
import dev.twinlog.internal.engine.lane.SessionStarts;
import dev.twinlog.internal.engine.partition.ClosingEvent.ClaimEnded;
import dev.twinlog.internal.engine.partition.ClosingEvent.CloseRequested;
import dev.twinlog.internal.engine.partition.ClosingEvent.LinkEnded;
import dev.twinlog.internal.engine.partition.OpeningEvent.Opened;
import dev.twinlog.internal.engine.partition.OpeningEvent.OpeningBegun;
import dev.twinlog.internal.engine.partition.OpeningEvent.OpeningDelayed;
import dev.twinlog.internal.engine.partition.OpeningEvent.OpeningFailed;
import dev.twinlog.internal.engine.partition.OpeningEvent.Rewound;
import dev.twinlog.internal.engine.partition.PartitionEffect.CountRetry;
import dev.twinlog.internal.engine.partition.PartitionEffect.Drain;
import dev.twinlog.internal.engine.partition.PartitionEffect.FailLink;
import dev.twinlog.internal.engine.partition.PartitionEffect.ProveOwnership;
import dev.twinlog.internal.engine.partition.PartitionEffect.ReportRetry;
import dev.twinlog.internal.engine.partition.PartitionEffect.ReportStop;
import dev.twinlog.internal.engine.partition.PartitionEffect.Show;
import dev.twinlog.internal.engine.partition.PartitionEffect.SkipLoss;
import dev.twinlog.internal.engine.partition.PartitionEvent.RetryTimes;
import dev.twinlog.internal.engine.partition.PartitionEvent.Step;
import dev.twinlog.internal.engine.partition.PartitionLife.AtEnd;
import dev.twinlog.internal.engine.partition.PartitionLife.Attempt;
import dev.twinlog.internal.engine.partition.PartitionLife.Behind;
import dev.twinlog.internal.engine.partition.PartitionLife.Close;
import dev.twinlog.internal.engine.partition.PartitionLife.Closing;
import dev.twinlog.internal.engine.partition.PartitionLife.Continue;
import dev.twinlog.internal.engine.partition.PartitionLife.Copying;
import dev.twinlog.internal.engine.partition.PartitionLife.Draining;
import dev.twinlog.internal.engine.partition.PartitionLife.Ended;
import dev.twinlog.internal.engine.partition.PartitionLife.Gone;
import dev.twinlog.internal.engine.partition.PartitionLife.Leave;
import dev.twinlog.internal.engine.partition.PartitionLife.NotMoving;
import dev.twinlog.internal.engine.partition.PartitionLife.Pause;
import dev.twinlog.internal.engine.partition.PartitionLife.Paused;
import dev.twinlog.internal.engine.partition.PartitionLife.Recovering;
import dev.twinlog.internal.engine.partition.PartitionLife.Retrying;
import dev.twinlog.internal.engine.partition.PartitionLife.Stop;
import dev.twinlog.internal.engine.partition.PartitionLife.Stopped;
import dev.twinlog.internal.engine.partition.PartitionLife.Then;
import dev.twinlog.internal.engine.partition.PartitionLife.Unavailable;
import dev.twinlog.internal.engine.partition.PartitionLife.View;
import dev.twinlog.internal.engine.partition.PartitionLife.Waiting;
import dev.twinlog.internal.engine.partition.SessionEvent.AtSourceEnd;
import dev.twinlog.internal.engine.partition.SessionEvent.BehindSourceEnd;
import dev.twinlog.internal.engine.partition.SessionEvent.DrainTimedOut;
import dev.twinlog.internal.engine.partition.SessionEvent.LaneLost;
import dev.twinlog.internal.engine.partition.SessionEvent.SessionEnded;
import dev.twinlog.internal.engine.partition.SessionEvent.SourceUnavailable;
import dev.twinlog.internal.engine.partition.SessionEvent.TargetGrown;
import dev.twinlog.internal.engine.partition.SessionEvent.TargetLost;
import dev.twinlog.internal.engine.partition.SessionEvent.WritesStalled;
import dev.twinlog.internal.engine.partition.SourceEvent.Found;
import dev.twinlog.internal.engine.partition.SourceEvent.LoopCheckFailed;
import dev.twinlog.internal.engine.partition.SourceEvent.LoopChecked;
import dev.twinlog.internal.engine.partition.SourceEvent.Missing;
import dev.twinlog.internal.engine.partition.SourceEvent.Recreated;
import dev.twinlog.internal.engine.partition.SourceEvent.TopicRefused;
import dev.twinlog.internal.engine.partition.UserEvent.LinkResumed;
import dev.twinlog.internal.engine.partition.UserEvent.LossAccepted;
import dev.twinlog.internal.engine.partition.UserEvent.PauseRequested;
import dev.twinlog.internal.engine.partition.UserEvent.ResumeRequested;
import dev.twinlog.internal.engine.recovery.AlreadyWrittenMismatchException;
import dev.twinlog.internal.engine.recovery.TargetLostException;
import dev.twinlog.internal.engine.shared.PartitionFigures;
import dev.twinlog.internal.engine.shared.TransitionTable;
import dev.twinlog.spi.FencedException;
import dev.twinlog.spi.GapCause;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.PartitionMapper;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteFencedException;
import dev.twinlog.spi.SourcePartition;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** The state machine of a partition: every event in every state. */
final class PartitionLifeTest {
  private static final TopicPartition ORDERS = new TopicPartition("orders", 0);
  private static final long NOW = 1_000;
  private static final RetriableException LATER = new RetriableException("timed out");
  private static final RouteFencedException FENCE = new RouteFencedException("fenced");
  private static final ReplicationException FATAL = new FencedException("another owner");
  private static final PartitionFailedException FAILED = new PartitionFailedException("too large");
  private static final SourceGoneException GONE = new SourceGoneException(ORDERS);
  private static final RefusedTopicException LOOP = new RefusedTopicException(ORDERS, "a loop");
  private static final TargetLostException LOST = new TargetLostException("the target lost all");
  private static final GapException GAP = new GapException(ORDERS, 3, 7, GapCause.RETENTION);
  private static final GapException RECREATED = new GapException(ORDERS, 3, 0, GapCause.RECREATED);
  private static final AlreadyWrittenMismatchException MISMATCH =
      AlreadyWrittenMismatchException.unprovable(new Route(ORDERS, ORDERS), 3, 4);
  private static final LossPolicy STOPS = new LossPolicy(Gap.STOP);
  private static final LossPolicy CONTINUES = new LossPolicy(Gap.CONTINUE);
  private static final OpeningTerms NONE = OpeningTerms.NONE;
  private static final OpeningTerms LOOP_CHECK = NONE.withLoopCheck(true);
  private static final CopySession SESSION = session();

  private static final RetryTimes TIMES =
      new RetryTimes() {
        @Override
        public long nowNanos() {
          return NOW;
        }

        @Override
        public Duration backoff(int failures) {
          return Duration.ofSeconds(failures);
        }
      };

  private static CopySession session() {
    Progress progress =
        new Progress(new SourcePartition(ORDERS, Optional.empty()), 3, false, "", List.of());
    return new CopySession(
        new PartitionFigures(ORDERS, Clock.systemUTC(), (from, to, reason) -> {}),
        SessionStarts.start(
            progress, RouteTable.of(ORDERS, "orders", 1, PartitionMapper.identity())));
  }

  private static Attempt attempt(View view) {
    return new Attempt(SESSION, view, 2);
  }

  private static final Attempt ATTEMPT = attempt(new Behind());

  /** What may be due at the end of an opening or a session. */
  private static final List<Then> ENDS =
      List.of(
          new Continue(),
          new Pause(),
          new Stop(LOOP, false),
          new Stop(LOOP, true),
          new Stop(RECREATED, false),
          new Leave(5, GONE, new Continue()),
          new Leave(5, GONE, new Pause()),
          new Leave(5, GONE, new Stop(LOOP, true)),
          new Close());

  private static List<PartitionLife> states() {
    List<PartitionLife> states = new ArrayList<>();
    states.add(new Waiting(NONE));
    states.add(new Waiting(LOOP_CHECK));
    for (Then then : ENDS) {
      states.add(new Recovering(PartitionState.OPENING, NONE, then));
      states.add(new Recovering(PartitionState.RETRYING, NONE.withFailures(2), then));
    }
    for (View view :
        List.of(new Behind(), new AtEnd(), new NotMoving(""), new Unavailable(LATER))) {
      states.add(new Copying(attempt(view)));
      ENDS.forEach(then -> states.add(new Draining(attempt(view), then)));
    }
    states.add(new Retrying(9_000, NONE.withFailures(1)));
    states.add(new Retrying(9_000, LOOP_CHECK.withFailures(1)));
    states.add(new Paused(NONE));
    states.add(new Paused(LOOP_CHECK));
    for (ReplicationException cause : List.of(FAILED, LOOP, LOST, GAP, MISMATCH, RECREATED)) {
      states.add(new Stopped(cause, false, NONE));
      states.add(new Stopped(cause, true, NONE));
    }
    states.add(new Gone(5, new Waiting(NONE)));
    states.add(new Gone(5, new Paused(NONE)));
    states.add(new Gone(5, new Stopped(FAILED, true, NONE)));
    states.add(new Closing(PartitionState.COPYING));
    states.add(new Ended(PartitionState.CLOSED));
    return states;
  }

  private static List<PartitionEvent> events() {
    List<PartitionEvent> events = new ArrayList<>();
    events.add(new OpeningBegun());
    events.add(new OpeningDelayed(LATER));
    events.add(new Rewound("lost its tail"));
    events.add(new Opened(SESSION, Map.of()));
    List<ReplicationException> causes = List.of(LATER, FENCE, FAILED, MISMATCH, FATAL, RECREATED);
    for (ReplicationException cause : causes) {
      events.add(new OpeningFailed(cause, false));
      events.add(new OpeningFailed(cause, true));
    }
    events.add(new AtSourceEnd());
    events.add(new BehindSourceEnd(false));
    events.add(new BehindSourceEnd(true));
    events.add(new WritesStalled("no acknowledgement", LATER));
    events.add(new SourceUnavailable(new RetriableException("no leader")));
    events.add(new LaneLost(LATER));
    events.add(new TargetLost(LOST));
    events.add(new DrainTimedOut(LATER));
    events.add(new TargetGrown());
    events.add(new SessionEnded(true, false, null));
    for (ReplicationException cause : causes) {
      events.add(new SessionEnded(true, false, cause));
      events.add(new SessionEnded(false, true, cause));
    }
    events.add(new PauseRequested("paused"));
    events.add(new ResumeRequested());
    events.add(new LinkResumed());
    events.add(new LossAccepted());
    events.add(new Missing(GONE));
    events.add(new Found());
    events.add(new Recreated(RECREATED));
    events.add(new TopicRefused(LOOP));
    events.add(new LoopChecked(Optional.empty()));
    events.add(new LoopChecked(Optional.of(LOOP)));
    events.add(new LoopCheckFailed(LATER));
    events.add(new CloseRequested());
    events.add(new ClaimEnded(LATER));
    events.add(new LinkEnded(PartitionState.CLOSED, "closed", null));
    return events;
  }

  private static Step next(PartitionLife life, PartitionEvent event) {
    return event.from(life, TIMES);
  }

  private static String name(Object value) {
    return value.getClass().getSimpleName();
  }

  @Test
  void everyEventInEveryState_isInTheTableOfTheReadme() {
    List<String> columns =
        new ArrayList<>(states().stream().map(PartitionLifeTest::name).distinct().toList());
    columns.add("causes");
    TransitionTable table = new TransitionTable("event of a partition", columns);
    for (PartitionEvent event : events()) {
      for (PartitionLife life : states()) {
        Step step = next(life, event);
        boolean same = step.equals(Step.stay(life));
        table.add(name(event), name(life), same ? TransitionTable.SAME : name(step.next()));
        step.effects().forEach(effect -> table.add(name(event), "causes", name(effect)));
      }
    }
    assertThat(table.inReadme()).isEqualTo(table.text());
  }

  @Test
  void everyKindOfEventAndState_isTried() {
    assertThat(states())
        .extracting(PartitionLifeTest::name)
        .containsAll(kinds(PartitionLife.class));
    assertThat(events())
        .extracting(PartitionLifeTest::name)
        .containsAll(kinds(PartitionEvent.class));
  }

  private static List<String> kinds(Class<?> sealed) {
    List<String> kinds = new ArrayList<>();
    for (Class<?> permitted : sealed.getPermittedSubclasses()) {
      if (permitted.isInterface()) {
        kinds.addAll(kinds(permitted));
      } else {
        kinds.add(permitted.getSimpleName());
      }
    }
    return kinds;
  }

  /** Otherwise users would see something else than what is. */
  @Test
  void aStateThatIsShownDifferently_causesThatItIsShown() {
    for (PartitionEvent event : events()) {
      for (PartitionLife life : states()) {
        Step step = next(life, event);
        if (step.next().shown() != life.shown()) {
          assertThat(step.effects())
              .as("%s in %s", event, life)
              .anyMatch(
                  effect ->
                      effect instanceof Show || effect instanceof PartitionEffect.CloseFigures);
        }
      }
    }
  }

  @Test
  void afterTheLinkHasEnded_nothingChanges() {
    Ended ended = new Ended(PartitionState.STOPPED);
    assertThat(events()).allMatch(event -> next(ended, event).equals(Step.stay(ended)));
  }

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

  // Gone and found.

  @Test
  void aPartitionThatIsGone_isOpenedAgainWhenItIsFound() {
    Step missed = next(new Retrying(9_000, NONE.withFailures(1)), new Missing(GONE));
    assertThat(missed).isEqualTo(Step.stop(new Gone(NOW, new Waiting(NONE.withFailures(1))), GONE));
    assertThat(next(missed.next(), new Found()))
        .isEqualTo(Step.show(new Waiting(NONE.withFailures(1)), "at the source again"));
  }

  @Test
  void aPartitionThatIsFoundWhileItDrains_isOpenedAgain() {
    PartitionLife missed = next(new Copying(ATTEMPT), new Missing(GONE)).next();
    PartitionLife found = next(missed, new Found()).next();
    assertThat(found).isEqualTo(new Draining(ATTEMPT, new Continue()));
    assertThat(next(found, new SessionEnded(true, false, null)).next())
        .isEqualTo(new Waiting(NONE));
  }

  @Test
  void aPausedPartitionThatIsGone_isPausedWhenItIsFound() {
    PartitionLife missed = next(new Waiting(NONE), new Missing(GONE)).next();
    PartitionLife paused = next(missed, new PauseRequested("paused")).next();
    assertThat(next(paused, new Found()).next()).isEqualTo(new Paused(NONE));
    assertThat(next(next(paused, new ResumeRequested()).next(), new Found()).next())
        .isEqualTo(new Waiting(NONE));
  }

  @Test
  void aStoppedPartitionThatIsGone_isStoppedWithItsOwnCauseWhenItIsFound() {
    Stopped life = new Stopped(FAILED, false, NONE);
    Step missed = next(life, new Missing(GONE));
    assertThat(missed).isEqualTo(Step.to(new Gone(NOW, life)));
    assertThat(next(missed.next(), new ResumeRequested()).next()).isEqualTo(missed.next());
    assertThat(next(missed.next(), new Found())).isEqualTo(Step.to(life));
  }

  // Pausing, resuming, accepting.

  @Test
  void aRunningSession_isDrainedBeforeItIsPaused() {
    Step step = next(new Copying(ATTEMPT), new PauseRequested("paused"));
    assertThat(step).isEqualTo(Step.to(new Draining(ATTEMPT, new Pause()), new Drain(SESSION)));
    assertThat(next(step.next(), new SessionEnded(true, false, null)).next())
        .isEqualTo(new Paused(NONE));
    assertThat(next(step.next(), new ResumeRequested()).next())
        .isEqualTo(new Draining(ATTEMPT, new Continue()));
  }

  @Test
  void aLoss_isNotResumed_butStopsAgain() {
    Stopped life = new Stopped(GAP, true, NONE);
    assertThat(next(life, new ResumeRequested()))
        .isEqualTo(Step.stop(new Stopped(GAP, false, NONE), GAP));
    assertThat(next(life, new LinkResumed())).isEqualTo(Step.to(new Stopped(GAP, false, NONE)));
  }

  @Test
  void aMismatch_isMatchedOnceMoreWhenItsPartitionIsResumed_butNotWithTheWholeLink() {
    Stopped life = new Stopped(MISMATCH, false, NONE);
    assertThat(next(life, new ResumeRequested()).next()).isEqualTo(new Waiting(NONE));
    assertThat(next(life, new LinkResumed()).next()).isEqualTo(life);
  }

  @Test
  void aRefusedTopic_isCheckedForLoopsBeforeItIsOpened() {
    PartitionLife resumed = next(new Stopped(LOOP, false, NONE), new ResumeRequested()).next();
    assertThat(resumed).isEqualTo(new Waiting(LOOP_CHECK));
    assertThat(next(resumed, new LoopChecked(Optional.empty())).next())
        .isEqualTo(new Waiting(NONE));
    assertThat(next(resumed, new LoopChecked(Optional.of(LOOP))).next())
        .isEqualTo(new Stopped(LOOP, false, NONE));
    assertThat(next(resumed, new LoopCheckFailed(LATER)).next())
        .isEqualTo(new Retrying(NOW + 1_000_000_000L, LOOP_CHECK.withFailures(1)));
  }

  @Test
  void anAcceptedLoss_isAcceptedByTheNextOpening() {
    assertThat(next(new Stopped(LOST, false, NONE), new LossAccepted()))
        .isEqualTo(
            Step.to(
                new Waiting(new OpeningTerms(0, true, false, false)),
                new SkipLoss(LOST),
                new Show("its loss was accepted", null)));
    assertThat(next(new Stopped(MISMATCH, true, NONE), new LossAccepted()).next())
        .isEqualTo(new Paused(new OpeningTerms(0, false, true, false)));
    assertThat(next(new Stopped(FAILED, false, NONE), new LossAccepted()))
        .isEqualTo(Step.stay(new Stopped(FAILED, false, NONE)));
  }

  @Test
  void whatWasAccepted_isForgottenOnlyWhenThePartitionIsOpen() {
    OpeningTerms accepted = new OpeningTerms(0, true, false, false);
    Recovering life = new Recovering(PartitionState.OPENING, accepted, new Continue());
    PartitionLife retrying = next(life, new OpeningFailed(LATER, false)).next();
    assertThat(retrying)
        .isEqualTo(new Retrying(NOW + 1_000_000_000L, new OpeningTerms(1, true, false, false)));
    PartitionLife copying = next(life, new Opened(SESSION, Map.of())).next();
    assertThat(next(copying, new SessionEnded(false, false, null)).next())
        .isEqualTo(new Waiting(NONE));
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

  // The end of the claim.

  @Test
  void aPartitionWhoseClaimHasEnded_isDroppedWithItsSession_andNothingIsShown() {
    assertThat(next(new Copying(attempt(new AtEnd())), new ClaimEnded(LATER)))
        .isEqualTo(
            Step.to(
                new Ended(PartitionState.CAUGHT_UP), new PartitionEffect.Abort(SESSION, LATER)));
    assertThat(next(new Waiting(NONE), new ClaimEnded(LATER)))
        .isEqualTo(Step.to(new Ended(PartitionState.OPENING)));
  }

  @Test
  void aSessionThatWasToBeDrained_isAbortedWhenThatTakesTooLong() {
    Draining life = new Draining(ATTEMPT, new Close());
    assertThat(next(life, new DrainTimedOut(LATER)))
        .isEqualTo(Step.to(life, new PartitionEffect.Abort(SESSION, LATER)));
    assertThat(next(life, new SessionEnded(true, false, LATER)).next()).isInstanceOf(Closing.class);
  }

  // Closing.

  @Test
  void aClosedLink_drainsSessions_andKeepsHowItsPartitionsAreShown() {
    Step step = next(new Copying(attempt(new AtEnd())), new CloseRequested());
    assertThat(step.effects()).containsExactly(new Drain(SESSION));
    Step ended = next(step.next(), new SessionEnded(true, false, LATER));
    assertThat(ended).isEqualTo(Step.to(new Closing(PartitionState.CAUGHT_UP)));
    assertThat(next(ended.next(), new ResumeRequested())).isEqualTo(Step.stay(ended.next()));
  }
}
