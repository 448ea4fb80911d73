package dev.twinlog.internal.engine.partition;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.DeadLetters;
import dev.twinlog.internal.engine.partition.LetterEvent.LetterFailed;
import dev.twinlog.internal.engine.partition.LetterEvent.LetterStored;
import dev.twinlog.internal.engine.partition.PartitionEffect.ReportStop;
import dev.twinlog.internal.engine.partition.PartitionEvent.Step;
import dev.twinlog.internal.engine.partition.PartitionLife.Copying;
import dev.twinlog.internal.engine.partition.PartitionLife.Draining;
import dev.twinlog.internal.engine.partition.PartitionLife.Pause;
import dev.twinlog.internal.engine.partition.PartitionLife.Paused;
import dev.twinlog.internal.engine.partition.PartitionLife.Refused;
import dev.twinlog.internal.engine.partition.PartitionLife.Retrying;
import dev.twinlog.internal.engine.partition.PartitionLife.Stopped;
import dev.twinlog.internal.engine.partition.PartitionLife.Waiting;
import dev.twinlog.internal.engine.partition.SessionEvent.SessionEnded;
import dev.twinlog.internal.engine.partition.UserEvent.PauseRequested;
import dev.twinlog.spi.RecordRefusedException;
import dev.twinlog.spi.ReplicationException;
import org.junit.jupiter.api.Test;

/** Tests what becomes of a partition with a record that is refused. */
final class RefusalPolicyTest extends PartitionLives {
  private static final RefusalPolicy ON = new RefusalPolicy(DeadLetters.to("letters"));
  private static final RefusalPolicy OFF = new RefusalPolicy(DeadLetters.off());

  private static Step ended(ReplicationException cause) {
    return next(new Copying(ATTEMPT), new SessionEnded(true, false, cause));
  }

  @Test
  void aRefusedRecord_isWrittenToTheTopic_andIsNoStop() {
    Step step = ON.apply(ended(TOO_LARGE));
    assertThat(step.next()).isEqualTo(REFUSED);
    assertThat(step.effects()).noneMatch(ReportStop.class::isInstance);
    assertThat(step.effects()).asString().contains("offset 7", "letters", "too large");
  }

  @Test
  void withoutATopic_orForOtherReasons_itStops() {
    assertThat(OFF.apply(ended(TOO_LARGE)).next()).isInstanceOf(Stopped.class);
    assertThat(ON.apply(ended(FAILED)).next()).isInstanceOf(Stopped.class);
  }

  @Test
  void aPartitionThatIsToBePaused_isPaused_andTheRecordIsRefusedAgainLater() {
    Step step =
        ON.apply(
            next(new Draining(ATTEMPT, new Pause()), new SessionEnded(true, false, TOO_LARGE)));
    assertThat(step.next()).isEqualTo(new Paused(NONE));
    assertThat(step.effects()).containsExactly(new PartitionEffect.Show("paused", null));
  }

  @Test
  void anAnswer_countsOnlyForTheRefusalThatItIsAbout() {
    assertThat(next(REFUSED, new LetterStored(REFUSED, "")).next()).isInstanceOf(Waiting.class);
    assertThat(next(REFUSED, new LetterFailed(REFUSED, LATER)).next()).isInstanceOf(Retrying.class);
    Refused again = new Refused(new RecordRefusedException(7, "too large"), NONE);
    assertThat(next(again, new LetterStored(REFUSED, ""))).isEqualTo(Step.stay(again));
    PartitionLife paused = next(REFUSED, new PauseRequested("paused")).next();
    assertThat(next(paused, new LetterStored(REFUSED, ""))).isEqualTo(Step.stay(paused));
  }

  @Test
  void aStopAfterTheLetterHasFailed_remainsOne() {
    Step step = next(REFUSED, new LetterFailed(REFUSED, FAILED));
    assertThat(ON.apply(step).next()).isEqualTo(new Stopped(FAILED, false, NONE));
  }
}
