package dev.twinlog.internal.engine.partition;

import dev.twinlog.internal.engine.partition.PartitionEffect.CountRetry;
import dev.twinlog.internal.engine.partition.PartitionEffect.FailLink;
import dev.twinlog.internal.engine.partition.PartitionEffect.ProveOwnership;
import dev.twinlog.internal.engine.partition.PartitionEffect.ReportRetry;
import dev.twinlog.internal.engine.partition.PartitionEffect.Show;
import dev.twinlog.internal.engine.partition.PartitionEvent.RetryTimes;
import dev.twinlog.internal.engine.partition.PartitionEvent.Step;
import dev.twinlog.internal.engine.partition.PartitionLife.Close;
import dev.twinlog.internal.engine.partition.PartitionLife.Closing;
import dev.twinlog.internal.engine.partition.PartitionLife.Gone;
import dev.twinlog.internal.engine.partition.PartitionLife.Leave;
import dev.twinlog.internal.engine.partition.PartitionLife.Pause;
import dev.twinlog.internal.engine.partition.PartitionLife.Paused;
import dev.twinlog.internal.engine.partition.PartitionLife.Retrying;
import dev.twinlog.internal.engine.partition.PartitionLife.Stop;
import dev.twinlog.internal.engine.partition.PartitionLife.Stopped;
import dev.twinlog.internal.engine.partition.PartitionLife.Then;
import dev.twinlog.internal.engine.partition.PartitionLife.Waiting;
import dev.twinlog.internal.engine.recovery.AlreadyWrittenMismatchException;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.RouteFencedException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The end of an opening or of a session. What was to follow it does so, unless it failed with an
 * error that is stronger: one that can't be retried.
 *
 * @param before the state until then
 * @param then what was to follow
 * @param terms the terms of the next opening
 */
record AttemptEnd(PartitionLife before, Then then, OpeningTerms terms, RetryTimes times) {

  /**
   * The transition.
   *
   * @param cause why it failed; null if it didn't
   * @param compacted whether the source may have lost records to compaction
   */
  Step by(@Nullable ReplicationException cause, boolean compacted) {
    Step step = transition(cause, compacted);
    if (!isFence(cause)) {
      return step;
    }
    // a route's fence may come from a former owner: the store knows who owns the link
    List<PartitionEffect> effects = new ArrayList<>();
    effects.add(new ProveOwnership());
    effects.addAll(step.effects());
    return new Step(step.next(), effects);
  }

  /** A route that was fenced while nothing was written to it says so at its next write. */
  private static boolean isFence(@Nullable ReplicationException cause) {
    return cause instanceof RouteFencedException
        || (cause != null && cause.getCause() instanceof RouteFencedException);
  }

  /** Whether what was to follow does so: it did not fail, or could be tried again. */
  private static boolean isWeak(@Nullable ReplicationException cause) {
    return cause == null || cause instanceof RetriableException;
  }

  private Step transition(@Nullable ReplicationException cause, boolean compacted) {
    if (then instanceof Close) {
      return Step.stay(new Closing(before.shown()));
    }
    if (cause instanceof LinkFailedException) {
      return Step.to(new Closing(before.shown()), new FailLink(cause));
    }
    if (cause instanceof AlreadyWrittenMismatchException && compacted) {
      // records in between may have been compacted; writing the rest again updates each key
      return new AttemptEnd(before, then, terms.withRepeatsAccepted(), times).follow(then, null);
    }
    return follow(then, cause);
  }

  private Step follow(Then next, @Nullable ReplicationException cause) {
    if (next instanceof Leave leave) {
      return leave(leave, cause);
    }
    boolean paused = next instanceof Pause || (next instanceof Stop stop && stop.paused());
    if (next instanceof Stop stop && (isWeak(cause) || stop.explains())) {
      return Step.stop(new Stopped(stop.cause(), paused, terms), stop.cause());
    }
    if (cause instanceof RetriableException) {
      return retry(cause, paused);
    }
    if (cause != null) {
      return Step.stop(new Stopped(cause, paused, terms), cause);
    }
    return paused
        ? Step.show(new Paused(terms), "paused")
        : Step.show(new Waiting(terms), "opening again");
  }

  private Step retry(ReplicationException cause, boolean paused) {
    int failures = terms.failures() + 1;
    return paused
        ? pausedAfter(cause, failures)
        : retry(cause, terms.withFailures(failures), times);
  }

  private Step pausedAfter(ReplicationException cause, int failures) {
    return Step.to(
        new Paused(terms.withFailures(failures)),
        new CountRetry(),
        new ReportRetry(cause, times.backoff(failures)),
        new Show("paused", null));
  }

  /** A retry after the backoff for the failures of these terms. */
  static Step retry(ReplicationException cause, OpeningTerms terms, RetryTimes times) {
    Duration delay = times.backoff(terms.failures());
    return Step.to(
        new Retrying(times.nowNanos() + delay.toNanos(), terms),
        new Show("again in " + delay.toMillis() + " ms: " + cause.getMessage(), cause),
        new CountRetry(),
        new ReportRetry(cause, delay));
  }

  /** Its topic is missing: what was to follow does so when it is found again. */
  private Step leave(Leave leave, @Nullable ReplicationException cause) {
    PartitionLife found = follow(leave.then(), isWeak(cause) ? null : cause).next();
    ReplicationException shown = found instanceof Stopped stopped ? stopped.cause() : leave.cause();
    return Step.stop(new Gone(leave.sinceNanos(), found), shown);
  }
}
