package dev.twinlog.internal.engine.partition;

import dev.twinlog.internal.engine.lane.GapException;
import dev.twinlog.internal.engine.partition.PartitionEffect.Drain;
import dev.twinlog.internal.engine.partition.PartitionEffect.Show;
import dev.twinlog.internal.engine.partition.PartitionEffect.SkipLoss;
import dev.twinlog.internal.engine.partition.PartitionLife.Copying;
import dev.twinlog.internal.engine.partition.PartitionLife.Draining;
import dev.twinlog.internal.engine.partition.PartitionLife.Gone;
import dev.twinlog.internal.engine.partition.PartitionLife.OnResume;
import dev.twinlog.internal.engine.partition.PartitionLife.Pause;
import dev.twinlog.internal.engine.partition.PartitionLife.Paused;
import dev.twinlog.internal.engine.partition.PartitionLife.Recovering;
import dev.twinlog.internal.engine.partition.PartitionLife.Refused;
import dev.twinlog.internal.engine.partition.PartitionLife.Retrying;
import dev.twinlog.internal.engine.partition.PartitionLife.Stopped;
import dev.twinlog.internal.engine.partition.PartitionLife.Waiting;
import dev.twinlog.internal.engine.recovery.AlreadyWrittenMismatchException;
import dev.twinlog.internal.engine.recovery.TargetLostException;
import dev.twinlog.internal.engine.shared.LossException;
import java.util.Optional;

/** A request of the user about a partition. */
public sealed interface UserEvent extends PartitionEvent {

  /** It is paused. */
  record PauseRequested(String reason) implements UserEvent {
    @Override
    public Step from(PartitionLife life, RetryTimes times) {
      if (life instanceof Copying copying) {
        return Step.to(
            new Draining(copying.attempt(), new Pause()), new Drain(copying.attempt().session()));
      }
      if (life instanceof Draining draining) {
        return Step.to(new Draining(draining.attempt(), draining.then().pause()));
      }
      if (life instanceof Recovering opening) {
        return Step.to(new Recovering(life.shown(), opening.terms(), opening.then().pause()));
      }
      if (life instanceof Gone gone) { // what follows when it is found again
        return Step.to(new Gone(gone.sinceNanos(), from(gone.then(), times).next()));
      }
      if (life instanceof Stopped stopped) {
        return Step.to(new Stopped(stopped.cause(), true, stopped.terms()));
      }
      return pauseIdle(life);
    }

    private Step pauseIdle(PartitionLife life) {
      if (life instanceof Waiting waiting) {
        return Step.show(new Paused(waiting.terms()), reason);
      }
      if (life instanceof Retrying retrying) {
        return Step.show(new Paused(retrying.terms()), reason);
      }
      if (life instanceof Refused refused) {
        return Step.show(new Paused(refused.terms()), reason);
      }
      return life instanceof Paused ? Step.show(life, reason) : Step.stay(life);
    }
  }

  /** It is resumed. */
  record ResumeRequested() implements UserEvent {
    @Override
    public Step from(PartitionLife life, RetryTimes times) {
      if (life instanceof Stopped stopped) {
        return reopen(stopped);
      }
      if (life instanceof Draining draining) { // opened again after draining
        return Step.to(new Draining(draining.attempt(), draining.then().resume()));
      }
      if (life instanceof Recovering opening) {
        return Step.to(new Recovering(life.shown(), opening.terms(), opening.then().resume()));
      }
      if (life instanceof Retrying retrying) {
        return Step.to(new Retrying(times.nowNanos(), retrying.terms()));
      }
      if (life instanceof Paused paused) {
        return Step.show(new Waiting(paused.terms()), "resumed");
      }
      if (life instanceof Gone gone) {
        return Step.to(new Gone(gone.sinceNanos(), unpaused(gone.then())));
      }
      return Step.stay(life);
    }

    private static PartitionLife unpaused(PartitionLife found) {
      if (found instanceof Paused paused) {
        return new Waiting(paused.terms());
      }
      return found instanceof Stopped stopped ? unpaused(stopped) : found;
    }

    private static Stopped unpaused(Stopped stopped) {
      return new Stopped(stopped.cause(), false, stopped.terms());
    }

    private static Step reopen(Stopped stopped) {
      OnResume then = stopped.onResume();
      if (then == OnResume.STOP_AGAIN) {
        return Step.stop(unpaused(stopped), stopped.cause());
      }
      OpeningTerms terms =
          stopped.terms().withFailures(0).withLoopCheck(then == OnResume.CHECK_LOOPS);
      return Step.show(new Waiting(terms), "resumed after it had stopped");
    }
  }

  /** The whole link is resumed: as {@link ResumeRequested}, except after a loss. */
  record LinkResumed() implements UserEvent {
    @Override
    public Step from(PartitionLife life, RetryTimes times) {
      return life instanceof Stopped stopped && stopped.cause() instanceof LossException
          ? Step.to(ResumeRequested.unpaused(stopped))
          : new ResumeRequested().from(life, times);
    }
  }

  /** The loss that has stopped it is accepted. */
  record LossAccepted() implements UserEvent {
    @Override
    public Step from(PartitionLife life, RetryTimes times) {
      if (!(life instanceof Stopped stopped && stopped.cause() instanceof LossException loss)) {
        return Step.stay(life);
      }
      boolean repeats =
          loss instanceof AlreadyWrittenMismatchException
              || (loss instanceof GapException gap && gap.unmatched() > 0);
      Optional<TargetLostException> accepted =
          loss instanceof TargetLostException lost ? Optional.of(lost) : Optional.empty();
      OpeningTerms terms = new OpeningTerms(0, accepted, repeats, stopped.terms().loopCheckDue());
      return Step.to(
          stopped.paused() ? new Paused(terms) : new Waiting(terms),
          new SkipLoss(loss),
          new Show("its loss was accepted", null));
    }
  }
}
