package dev.twinlog.internal.engine.partition;

import dev.twinlog.PartitionState;
import dev.twinlog.internal.engine.partition.PartitionEffect.Abort;
import dev.twinlog.internal.engine.partition.PartitionEffect.CloseFigures;
import dev.twinlog.internal.engine.partition.PartitionEffect.Drain;
import dev.twinlog.internal.engine.partition.PartitionLife.Close;
import dev.twinlog.internal.engine.partition.PartitionLife.Closing;
import dev.twinlog.internal.engine.partition.PartitionLife.Copying;
import dev.twinlog.internal.engine.partition.PartitionLife.Draining;
import dev.twinlog.internal.engine.partition.PartitionLife.Ended;
import dev.twinlog.internal.engine.partition.PartitionLife.Recovering;
import dev.twinlog.spi.ReplicationException;
import org.jspecify.annotations.Nullable;

/** The end of the link, of the claim that owns the partition, or of its selection. */
public sealed interface ClosingEvent extends PartitionEvent {

  /**
   * The link is being closed, the claim is given back, or the topic is not selected any more:
   * sessions are drained, and nothing is opened or retried.
   */
  record CloseRequested() implements ClosingEvent {
    @Override
    public Step from(PartitionLife life, RetryTimes times) {
      if (life instanceof Copying copying) {
        return Step.to(
            new Draining(copying.attempt(), new Close()), new Drain(copying.attempt().session()));
      }
      if (life instanceof Draining draining) {
        return Step.to(new Draining(draining.attempt(), new Close()));
      }
      if (life instanceof Recovering opening) {
        return Step.to(new Recovering(life.shown(), opening.terms(), new Close()));
      }
      return life instanceof Ended ? Step.stay(life) : Step.to(new Closing(life.shown()));
    }
  }

  /** The claim was lost, or given back: the partition is dropped, with what it has read. */
  record ClaimEnded(ReplicationException cause) implements ClosingEvent {
    @Override
    public Step from(PartitionLife life, RetryTimes times) {
      if (life instanceof Ended) {
        return Step.stay(life);
      }
      Ended ended = new Ended(life.shown());
      if (life instanceof Copying copying) {
        return Step.to(ended, new Abort(copying.attempt().session(), cause));
      }
      return life instanceof Draining draining
          ? Step.to(ended, new Abort(draining.attempt().session(), cause))
          : Step.to(ended);
    }
  }

  /**
   * The link has ended.
   *
   * @param last {@code CLOSED} or {@code STOPPED}
   */
  record LinkEnded(PartitionState last, String reason, @Nullable ReplicationException cause)
      implements ClosingEvent {
    @Override
    public Step from(PartitionLife life, RetryTimes times) {
      return life instanceof Ended
          ? Step.stay(life)
          : Step.to(new Ended(last), new CloseFigures(reason, cause));
    }
  }
}
