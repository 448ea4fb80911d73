package dev.twinlog.internal.engine.partition;

import dev.twinlog.PartitionState;
import dev.twinlog.internal.engine.lane.CopySession;
import dev.twinlog.internal.engine.partition.PartitionEffect.BeginSession;
import dev.twinlog.internal.engine.partition.PartitionEffect.Run;
import dev.twinlog.internal.engine.partition.PartitionEffect.Show;
import dev.twinlog.internal.engine.partition.PartitionLife.Attempt;
import dev.twinlog.internal.engine.partition.PartitionLife.Behind;
import dev.twinlog.internal.engine.partition.PartitionLife.Continue;
import dev.twinlog.internal.engine.partition.PartitionLife.Copying;
import dev.twinlog.internal.engine.partition.PartitionLife.NotMoving;
import dev.twinlog.internal.engine.partition.PartitionLife.Recovering;
import dev.twinlog.internal.engine.partition.PartitionLife.Retrying;
import dev.twinlog.internal.engine.partition.PartitionLife.Waiting;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteGuarantees.Guarantee;
import java.util.Map;

/** An event of the opening of a partition. */
sealed interface OpeningEvent extends PartitionEvent {

  /** Its opening begins. */
  record OpeningBegun() implements OpeningEvent {
    @Override
    public Step from(PartitionLife life, RetryTimes times) {
      if (life instanceof Waiting waiting) {
        return Step.to(new Recovering(life.shown(), waiting.terms(), new Continue()));
      }
      if (life instanceof Retrying retrying) {
        return Step.to(new Recovering(life.shown(), retrying.terms(), new Continue()));
      }
      return Step.stay(life);
    }
  }

  /** The opening reports the last error of something that it retries. */
  record OpeningDelayed(RetriableException answer) implements OpeningEvent {
    @Override
    public Step from(PartitionLife life, RetryTimes times) {
      return life instanceof Recovering && life.shown() == PartitionState.OPENING
          ? Step.to(life, new Show(String.valueOf(answer.getMessage()), answer))
          : Step.stay(life);
    }
  }

  /** The target lost its tail, which is copied again. */
  record Rewound(String text) implements OpeningEvent {
    @Override
    public Step from(PartitionLife life, RetryTimes times) {
      return life instanceof Recovering recovering
          ? Step.show(
              new Recovering(PartitionState.OPENING, recovering.terms(), recovering.then()), text)
          : Step.stay(life);
    }
  }

  /** Its progress is saved and a session may begin. */
  record Opened(CopySession session, Map<Route, Guarantee> guarantees) implements OpeningEvent {
    @Override
    public Step from(PartitionLife life, RetryTimes times) {
      if (!(life instanceof Recovering recovering)) {
        return Step.stay(life);
      }
      int failures = recovering.terms().failures();
      if (!(recovering.then() instanceof Continue)) {
        OpeningTerms terms = OpeningTerms.after(failures);
        return new AttemptEnd(life, recovering.then(), terms, times).by(null, false);
      }
      BeginSession begin = new BeginSession(session, guarantees);
      Run run = new Run(session);
      if (life.shown() == PartitionState.RETRYING) {
        Attempt again = new Attempt(session, new NotMoving(""), failures);
        return Step.to(new Copying(again), begin, run);
      }
      Show show = new Show("opened at source offset " + session.startsAt(), null);
      return Step.to(new Copying(new Attempt(session, new Behind(), failures)), begin, show, run);
    }
  }

  /**
   * It could not be opened.
   *
   * @param compacted whether its topic may have lost records to compaction
   */
  record OpeningFailed(ReplicationException cause, boolean compacted) implements OpeningEvent {
    @Override
    public Step from(PartitionLife life, RetryTimes times) {
      return life instanceof Recovering recovering
          ? new AttemptEnd(life, recovering.then(), recovering.terms(), times).by(cause, compacted)
          : Step.stay(life);
    }
  }
}
