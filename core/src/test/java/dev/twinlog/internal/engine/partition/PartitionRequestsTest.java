package dev.twinlog.internal.engine.partition;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.PartitionState;
import dev.twinlog.internal.engine.partition.ClosingEvent.ClaimEnded;
import dev.twinlog.internal.engine.partition.ClosingEvent.CloseRequested;
import dev.twinlog.internal.engine.partition.OpeningEvent.Opened;
import dev.twinlog.internal.engine.partition.OpeningEvent.OpeningFailed;
import dev.twinlog.internal.engine.partition.PartitionEffect.Drain;
import dev.twinlog.internal.engine.partition.PartitionEffect.Show;
import dev.twinlog.internal.engine.partition.PartitionEffect.SkipLoss;
import dev.twinlog.internal.engine.partition.PartitionEvent.Step;
import dev.twinlog.internal.engine.partition.PartitionLife.AtEnd;
import dev.twinlog.internal.engine.partition.PartitionLife.Close;
import dev.twinlog.internal.engine.partition.PartitionLife.Closing;
import dev.twinlog.internal.engine.partition.PartitionLife.Continue;
import dev.twinlog.internal.engine.partition.PartitionLife.Copying;
import dev.twinlog.internal.engine.partition.PartitionLife.Draining;
import dev.twinlog.internal.engine.partition.PartitionLife.Ended;
import dev.twinlog.internal.engine.partition.PartitionLife.Gone;
import dev.twinlog.internal.engine.partition.PartitionLife.Pause;
import dev.twinlog.internal.engine.partition.PartitionLife.Paused;
import dev.twinlog.internal.engine.partition.PartitionLife.Recovering;
import dev.twinlog.internal.engine.partition.PartitionLife.Retrying;
import dev.twinlog.internal.engine.partition.PartitionLife.Stopped;
import dev.twinlog.internal.engine.partition.PartitionLife.Waiting;
import dev.twinlog.internal.engine.partition.SessionEvent.DrainTimedOut;
import dev.twinlog.internal.engine.partition.SessionEvent.SessionEnded;
import dev.twinlog.internal.engine.partition.SourceEvent.Found;
import dev.twinlog.internal.engine.partition.SourceEvent.LoopCheckFailed;
import dev.twinlog.internal.engine.partition.SourceEvent.LoopChecked;
import dev.twinlog.internal.engine.partition.SourceEvent.Missing;
import dev.twinlog.internal.engine.partition.UserEvent.LinkResumed;
import dev.twinlog.internal.engine.partition.UserEvent.LossAccepted;
import dev.twinlog.internal.engine.partition.UserEvent.PauseRequested;
import dev.twinlog.internal.engine.partition.UserEvent.ResumeRequested;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Tests what the user, the source and the end of a claim make of a partition. */
final class PartitionRequestsTest extends PartitionLives {
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
                new Waiting(new OpeningTerms(0, Optional.of(LOST), false, false)),
                new SkipLoss(LOST),
                new Show("its loss was accepted", null)));
    assertThat(next(new Stopped(MISMATCH, true, NONE), new LossAccepted()).next())
        .isEqualTo(new Paused(new OpeningTerms(0, Optional.empty(), true, false)));
    assertThat(next(new Stopped(FAILED, false, NONE), new LossAccepted()))
        .isEqualTo(Step.stay(new Stopped(FAILED, false, NONE)));
  }

  @Test
  void whatWasAccepted_isForgottenOnlyWhenThePartitionIsOpen() {
    OpeningTerms accepted = new OpeningTerms(0, Optional.of(LOST), false, false);
    Recovering life = new Recovering(PartitionState.OPENING, accepted, new Continue());
    PartitionLife retrying = next(life, new OpeningFailed(LATER, false)).next();
    assertThat(retrying)
        .isEqualTo(
            new Retrying(
                NOW + 1_000_000_000L, new OpeningTerms(1, Optional.of(LOST), false, false)));
    PartitionLife copying = next(life, new Opened(SESSION, Map.of())).next();
    assertThat(next(copying, new SessionEnded(false, false, null)).next())
        .isEqualTo(new Waiting(NONE));
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
