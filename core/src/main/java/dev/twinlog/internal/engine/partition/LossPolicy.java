package dev.twinlog.internal.engine.partition;

import dev.twinlog.Gap;
import dev.twinlog.internal.engine.lane.GapException;
import dev.twinlog.internal.engine.partition.PartitionEffect.ReportGap;
import dev.twinlog.internal.engine.partition.PartitionEffect.ReportStop;
import dev.twinlog.internal.engine.partition.PartitionEffect.Show;
import dev.twinlog.internal.engine.partition.PartitionEvent.RetryTimes;
import dev.twinlog.internal.engine.partition.PartitionEvent.Step;
import dev.twinlog.internal.engine.partition.PartitionLife.Retrying;
import dev.twinlog.internal.engine.partition.PartitionLife.Stopped;
import dev.twinlog.internal.engine.partition.PartitionLife.Waiting;
import dev.twinlog.internal.engine.partition.UserEvent.LossAccepted;
import java.util.ArrayList;
import java.util.List;

/**
 * Which losses stop a partition. Where one does not, the transition that would stop it leads on to
 * where {@link LossAccepted} leads from there. Immutable.
 *
 * @param onGap whether gaps stop a partition
 */
record LossPolicy(Gap onGap) {

  /** The transition that is made instead of this one. */
  Step apply(Step step, RetryTimes times) {
    if (!(step.next() instanceof Stopped stopped
        && stopped.cause() instanceof GapException gap
        && onGap == Gap.CONTINUE
        && gap.isExact())) {
      return step;
    }
    Step accepted = new LossAccepted().from(stopped, times);
    List<PartitionEffect> effects = new ArrayList<>();
    for (PartitionEffect effect : step.effects()) {
      if (effect instanceof ReportStop) {
        effects.add(new ReportGap(gap));
      } else if (!(effect instanceof Show)) {
        effects.add(effect);
      }
    }
    for (PartitionEffect effect : accepted.effects()) {
      effects.add(
          effect instanceof Show
              ? new Show("continues at %d after a gap".formatted(gap.to()), null)
              : effect);
    }
    return new Step(next(accepted, stopped.terms().failures(), times), effects);
  }

  /** One gap after the other, without anything copied in between, is a failure. */
  private static PartitionLife next(Step accepted, int failures, RetryTimes times) {
    if (!(accepted.next() instanceof Waiting waiting)) {
      return accepted.next();
    }
    OpeningTerms terms = waiting.terms().withFailures(failures + 1);
    return failures == 0
        ? new Waiting(terms)
        : new Retrying(times.nowNanos() + times.backoff(failures).toNanos(), terms);
  }
}
