package dev.twinlog.internal.engine.partition;

import dev.twinlog.internal.engine.lane.GapException;
import dev.twinlog.internal.engine.partition.PartitionEffect.Drain;
import dev.twinlog.internal.engine.partition.PartitionLife.Continue;
import dev.twinlog.internal.engine.partition.PartitionLife.Copying;
import dev.twinlog.internal.engine.partition.PartitionLife.Draining;
import dev.twinlog.internal.engine.partition.PartitionLife.Gone;
import dev.twinlog.internal.engine.partition.PartitionLife.Paused;
import dev.twinlog.internal.engine.partition.PartitionLife.Recovering;
import dev.twinlog.internal.engine.partition.PartitionLife.Refused;
import dev.twinlog.internal.engine.partition.PartitionLife.Retrying;
import dev.twinlog.internal.engine.partition.PartitionLife.Stopped;
import dev.twinlog.internal.engine.partition.PartitionLife.Then;
import dev.twinlog.internal.engine.partition.PartitionLife.Waiting;
import dev.twinlog.spi.ReplicationException;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** What a discovery or a check found out about a partition. */
public sealed interface SourceEvent extends PartitionEvent {

  /** It is missing at the source. */
  record Missing(SourceGoneException cause) implements SourceEvent {
    @Override
    public Step from(PartitionLife life, RetryTimes times) {
      long now = times.nowNanos();
      if (life instanceof Retrying retrying) {
        return Step.stop(new Gone(now, new Waiting(retrying.terms())), cause);
      }
      if (life instanceof Refused refused) {
        return Step.stop(new Gone(now, new Waiting(refused.terms())), cause);
      }
      if (life instanceof Waiting || life instanceof Paused) {
        return Step.stop(new Gone(now, life), cause);
      }
      if (life instanceof Stopped) { // with its own cause
        return Step.to(new Gone(now, life));
      }
      return atEnd(life, then -> then.miss(now, cause));
    }
  }

  /** It is at the source again, with the same topic id. */
  record Found() implements SourceEvent {
    @Override
    public Step from(PartitionLife life, RetryTimes times) {
      if (life instanceof Gone gone) {
        return gone.then() instanceof Stopped
            ? Step.to(gone.then())
            : Step.show(gone.then(), "at the source again");
      }
      return life.isGone() ? atEnd(life, Then::find) : Step.stay(life);
    }
  }

  /** Its topic was recreated. */
  record Recreated(GapException cause) implements SourceEvent {
    @Override
    public Step from(PartitionLife life, RetryTimes times) {
      return life instanceof Gone gone ? stopOrDrain(gone.then(), cause) : stopOrDrain(life, cause);
    }
  }

  /** It must not be copied because of other links, unless that is to be checked again. */
  record TopicRefused(RefusedTopicException cause) implements SourceEvent {
    @Override
    public Step from(PartitionLife life, RetryTimes times) {
      boolean stays = life instanceof Stopped || life instanceof Gone || awaitsLoopCheck(life);
      return stays ? Step.stay(life) : stopOrDrain(life, cause);
    }
  }

  /** A partition that stopped for a loop and was resumed was checked again. */
  record LoopChecked(Optional<RefusedTopicException> cause) implements SourceEvent {
    @Override
    public Step from(PartitionLife life, RetryTimes times) {
      if (!awaitsLoopCheck(life)) {
        return Step.stay(life);
      }
      PartitionLife checked = withTerms(life, terms -> terms.withLoopCheck(false));
      return cause.isPresent() ? stopOrDrain(checked, cause.get()) : Step.to(checked);
    }
  }

  /** The check of a partition that stopped for a loop and was resumed has failed. */
  record LoopCheckFailed(ReplicationException cause) implements SourceEvent {
    @Override
    public Step from(PartitionLife life, RetryTimes times) {
      boolean retried = life instanceof Waiting || life instanceof Retrying;
      if (!retried || !awaitsLoopCheck(life)) {
        return Step.stay(life);
      }
      OpeningTerms terms = terms(life).orElseThrow();
      return AttemptEnd.retry(cause, terms.withFailures(terms.failures() + 1), times);
    }
  }

  /** Whether the partition has to be checked for a loop before it is opened. */
  static boolean awaitsLoopCheck(PartitionLife life) {
    return terms(life).map(OpeningTerms::loopCheckDue).orElse(false);
  }

  /** The terms of a partition that is opened sooner or later without another request. */
  private static Optional<OpeningTerms> terms(PartitionLife life) {
    if (life instanceof Waiting waiting) {
      return Optional.of(waiting.terms());
    }
    if (life instanceof Retrying retrying) {
      return Optional.of(retrying.terms());
    }
    if (life instanceof Refused refused) {
      return Optional.of(refused.terms());
    }
    return life instanceof Paused paused ? Optional.of(paused.terms()) : Optional.empty();
  }

  private static PartitionLife withTerms(PartitionLife life, UnaryOperator<OpeningTerms> change) {
    if (life instanceof Waiting waiting) {
      return new Waiting(change.apply(waiting.terms()));
    }
    if (life instanceof Retrying retrying) {
      return new Retrying(retrying.untilNanos(), change.apply(retrying.terms()));
    }
    return life instanceof Paused paused ? new Paused(change.apply(paused.terms())) : life;
  }

  /** Stops it, as soon as everything that was read is written. */
  private static Step stopOrDrain(PartitionLife life, ReplicationException cause) {
    if (life instanceof Stopped stopped) {
      return Step.stop(new Stopped(cause, stopped.paused(), stopped.terms()), cause);
    }
    Optional<OpeningTerms> terms = terms(life);
    return terms.isPresent()
        ? Step.stop(new Stopped(cause, life instanceof Paused, terms.get()), cause)
        : atEnd(life, then -> then.stop(cause));
  }

  /** Changes what follows an opening or a session; one that runs is drained. */
  private static Step atEnd(PartitionLife life, UnaryOperator<Then> change) {
    if (life instanceof Copying copying) {
      return Step.to(
          new Draining(copying.attempt(), change.apply(new Continue())),
          new Drain(copying.attempt().session()));
    }
    if (life instanceof Draining draining) {
      return Step.to(new Draining(draining.attempt(), change.apply(draining.then())));
    }
    return life instanceof Recovering opening
        ? Step.to(new Recovering(life.shown(), opening.terms(), change.apply(opening.then())))
        : Step.stay(life);
  }
}
