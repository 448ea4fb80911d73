package dev.twinlog.internal.engine.partition;

import dev.twinlog.internal.engine.partition.PartitionLife.Refused;
import dev.twinlog.internal.engine.partition.PartitionLife.Stopped;
import dev.twinlog.internal.engine.partition.PartitionLife.Waiting;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;

/**
 * What has become of the record for which a partition is {@link Refused}. A partition that is
 * elsewhere by now is not concerned: if the record is still refused when it is read again, it is
 * written to the dead-letter topic again.
 */
public sealed interface LetterEvent extends PartitionEvent {

  /** The refusal that it is about. */
  Refused refusal();

  /** The transition from that. */
  Step after(Refused refusal, RetryTimes times);

  @Override
  default Step from(PartitionLife life, RetryTimes times) {
    return life.equals(refusal()) ? after(refusal(), times) : Step.stay(life);
  }

  /** It is in the dead-letter topic, and stored that it is left out of the copy. */
  record LetterStored(Refused refusal, String reason) implements LetterEvent {
    @Override
    public Step after(Refused now, RetryTimes times) {
      return Step.show(new Waiting(now.terms().withFailures(0)), reason);
    }
  }

  /** It is not in the dead-letter topic, or not stored that it is left out. */
  record LetterFailed(Refused refusal, ReplicationException cause) implements LetterEvent {
    @Override
    public Step after(Refused now, RetryTimes times) {
      if (cause instanceof RetriableException) {
        OpeningTerms terms = now.terms().withFailures(now.terms().failures() + 1);
        return AttemptEnd.retry(cause, terms, times);
      }
      return Step.stop(new Stopped(cause, false, now.terms()), cause);
    }
  }
}
