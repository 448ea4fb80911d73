package dev.twinlog.internal.engine.partition;

import dev.twinlog.internal.engine.partition.PartitionEffect.Abort;
import dev.twinlog.internal.engine.partition.PartitionEffect.CountRetry;
import dev.twinlog.internal.engine.partition.PartitionEffect.Drain;
import dev.twinlog.internal.engine.partition.PartitionEffect.EndSession;
import dev.twinlog.internal.engine.partition.PartitionEffect.ReportRetry;
import dev.twinlog.internal.engine.partition.PartitionEffect.Show;
import dev.twinlog.internal.engine.partition.PartitionLife.AtEnd;
import dev.twinlog.internal.engine.partition.PartitionLife.Attempt;
import dev.twinlog.internal.engine.partition.PartitionLife.Behind;
import dev.twinlog.internal.engine.partition.PartitionLife.Continue;
import dev.twinlog.internal.engine.partition.PartitionLife.Copying;
import dev.twinlog.internal.engine.partition.PartitionLife.Draining;
import dev.twinlog.internal.engine.partition.PartitionLife.NotMoving;
import dev.twinlog.internal.engine.partition.PartitionLife.Then;
import dev.twinlog.internal.engine.partition.PartitionLife.Unavailable;
import dev.twinlog.internal.engine.partition.PartitionLife.View;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** An event of a session. Only sessions have them, so in all other states they change nothing. */
public sealed interface SessionEvent extends PartitionEvent {

  /** The transition from a running session. */
  Step from(Copying life, RetryTimes times);

  /** The transition from a session that is ending. */
  Step from(Draining life, RetryTimes times);

  @Override
  default Step from(PartitionLife life, RetryTimes times) {
    if (life instanceof Copying copying) {
      return from(copying, times);
    }
    return life instanceof Draining draining ? from(draining, times) : Step.stay(life);
  }

  /** An event that only changes how a session is doing; its writes in flight may take long. */
  sealed interface Observation extends SessionEvent {
    /** The attempt as it is now. */
    Attempt observe(Attempt attempt);

    /** What the change causes. */
    PartitionEffect[] effects(View before);

    @Override
    default Step from(Copying life, RetryTimes times) {
      return Step.to(new Copying(observe(life.attempt())), effects(life.attempt().view()));
    }

    @Override
    default Step from(Draining life, RetryTimes times) {
      return Step.to(
          new Draining(observe(life.attempt()), life.then()), effects(life.attempt().view()));
    }
  }

  /**
   * Its writes are not acknowledged.
   *
   * @param answer the last error that the sink reported; null if it reported none
   */
  record WritesStalled(String text, @Nullable RetriableException answer) implements Observation {
    @Override
    public Attempt observe(Attempt attempt) {
      return attempt.withView(new NotMoving(text));
    }

    @Override
    public PartitionEffect[] effects(View before) {
      if (before.equals(new NotMoving(text))) {
        return new PartitionEffect[0];
      }
      Show show = new Show(text, new RetriableException(text, answer));
      return before instanceof NotMoving
          ? new PartitionEffect[] {show}
          : new PartitionEffect[] {show, new CountRetry()};
    }
  }

  /** The source gets no answers about it. */
  record SourceUnavailable(RetriableException error) implements Observation {
    @Override
    public Attempt observe(Attempt attempt) {
      return attempt.withView(new Unavailable(error));
    }

    @Override
    public PartitionEffect[] effects(View before) {
      return before instanceof Unavailable known && known.error() == error
          ? new PartitionEffect[0]
          : new PartitionEffect[] {
            new Show(String.valueOf(error.getMessage()), error),
            new CountRetry(),
            new ReportRetry(error, Duration.ZERO)
          };
    }
  }

  /** It has copied everything. */
  record AtSourceEnd() implements Observation {
    @Override
    public Attempt observe(Attempt attempt) {
      return attempt.withView(new AtEnd()).withoutFailures();
    }

    @Override
    public PartitionEffect[] effects(View before) {
      return before instanceof AtEnd
          ? new PartitionEffect[0]
          : new PartitionEffect[] {new Show("at the source's end", null)};
    }
  }

  /**
   * It has not copied everything.
   *
   * @param moved whether the session has copied anything
   */
  record BehindSourceEnd(boolean moved) implements Observation {
    @Override
    public Attempt observe(Attempt attempt) {
      return isNews(attempt.view()) ? attempt.withView(new Behind()) : attempt;
    }

    @Override
    public PartitionEffect[] effects(View before) {
      return isNews(before)
          ? new PartitionEffect[] {new Show("behind the source's end", null)}
          : new PartitionEffect[0];
    }

    private boolean isNews(View before) {
      return !(before instanceof Behind) && (moved || !(before instanceof NotMoving));
    }
  }

  /**
   * The session has ended.
   *
   * @param moved whether it has copied anything
   * @param compacted whether its topic may have lost records to compaction
   * @param cause why it failed; null if it was drained
   */
  record SessionEnded(boolean moved, boolean compacted, @Nullable ReplicationException cause)
      implements SessionEvent {
    @Override
    public Step from(Copying life, RetryTimes times) {
      return end(life, life.attempt(), new Continue(), times);
    }

    @Override
    public Step from(Draining life, RetryTimes times) {
      return end(life, life.attempt(), life.then(), times);
    }

    private Step end(PartitionLife life, Attempt attempt, Then then, RetryTimes times) {
      OpeningTerms terms = OpeningTerms.after(moved ? 0 : attempt.failures());
      return new AttemptEnd(life, then, terms, times).by(cause, compacted);
    }
  }

  /** Its lane has lost the reader. */
  record LaneLost(ReplicationException cause) implements SessionEvent {
    @Override
    public Step from(Copying life, RetryTimes times) {
      return Step.to(life, new EndSession(life.attempt().session(), cause));
    }

    @Override
    public Step from(Draining life, RetryTimes times) {
      return Step.to(life, new EndSession(life.attempt().session(), cause));
    }
  }

  /** Its target topic was deleted. */
  record TargetLost(ReplicationException cause) implements SessionEvent {
    @Override
    public Step from(Copying life, RetryTimes times) {
      return Step.to(life, new Abort(life.attempt().session(), cause));
    }

    @Override
    public Step from(Draining life, RetryTimes times) {
      return Step.to(life, new Abort(life.attempt().session(), cause));
    }
  }

  /** It was to be drained, and took too long. */
  record DrainTimedOut(ReplicationException cause) implements SessionEvent {
    @Override
    public Step from(Copying life, RetryTimes times) {
      return Step.stay(life);
    }

    @Override
    public Step from(Draining life, RetryTimes times) {
      return Step.to(life, new Abort(life.attempt().session(), cause));
    }
  }

  /** An event after which it copies on in another session. */
  sealed interface Reopening extends SessionEvent {
    @Override
    default Step from(Copying life, RetryTimes times) {
      return Step.to(
          new Draining(life.attempt(), new Continue()), new Drain(life.attempt().session()));
    }

    @Override
    default Step from(Draining life, RetryTimes times) {
      return Step.stay(life);
    }
  }

  /** Its target topic has more partitions, so that its routes change. */
  record TargetGrown() implements Reopening {}

  /** The link has other lanes. */
  record LanesReplaced() implements Reopening {}
}
