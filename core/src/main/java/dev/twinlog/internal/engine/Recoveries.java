package dev.twinlog.internal.engine;

import dev.twinlog.internal.control.CopyAgain;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.Recovery;
import dev.twinlog.spi.Recovery.Lost;
import dev.twinlog.spi.Recovery.SkipMatching;
import dev.twinlog.spi.Recovery.SkipRecords;
import dev.twinlog.spi.Recovery.Unknown;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteProgress;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;

/** What a sink found out about the routes of one source partition. Immutable. */
final class Recoveries {
  private static final byte[] NO_STATE = {};

  private final Map<Route, Recovery> byRoute;
  private final boolean repeats;

  private Recoveries(Map<Route, Recovery> byRoute, boolean repeats) {
    this.byRoute = byRoute;
    this.repeats = repeats;
  }

  /**
   * Takes down what was found out.
   *
   * @param repeats whether what is held counts as passed, and is sent again
   */
  static Recoveries of(Map<Route, Recovery> byRoute, boolean repeats) {
    return new Recoveries(byRoute, repeats);
  }

  /** Why nothing can be said of a route; empty if something can be said of all. */
  static Optional<ReplicationException> unknown(Map<Route, Recovery> byRoute) {
    return byRoute.values().stream()
        .filter(Unknown.class::isInstance)
        .map(recovery -> ((Unknown) recovery).cause())
        .findFirst();
  }

  /**
   * Refuses to go on over a hole in the target.
   *
   * @throws TargetLostException unless nothing is lost, or the loss was accepted
   */
  void checkLoss(TopicPartition source, long sourceNext, boolean accepted) {
    byRoute.forEach(
        (route, recovery) -> {
          if (recovery instanceof Lost lost && !accepted) {
            throw new TargetLostException(
                ("the target lost acknowledged records of %s: it ends at offset %d; it was truncated,"
                        + " or deleted and created again. Call acceptLoss for %s to go on at source"
                        + " offset %d without them; or, %s")
                    .formatted(
                        route, lost.survivingTargetEnd(), source, sourceNext, CopyAgain.ADVICE));
          }
        });
  }

  /**
   * Refuses to drop records under other stages than those that made them.
   *
   * @param before with the former stages
   * @param cut where the records begin that pass the stages again
   * @param now the fingerprint of the present ones
   * @throws PartitionFailedException if the target holds outputs beyond the progress
   */
  void checkNothingHeld(Progress before, long checkpoint, String now) {
    TopicPartition source = before.source().partition();
    long held = held();
    if (held > 0 && !repeats) {
      throw otherStages("%d records of %s".formatted(held, source), before, now);
    }
    for (Map.Entry<Route, Recovery> one : byRoute.entrySet()) {
      long resumeAt = one.getValue().resumeAt(checkpoint);
      if (resumeAt > checkpoint && !isTheOnlyRoute(one.getKey(), before)) {
        String what = "records of %s up to source offset %d".formatted(one.getKey(), resumeAt);
        throw otherStages(what, before, now);
      }
    }
  }

  /** Then what it holds of the source is the same, whatever chooses the route. */
  private boolean isTheOnlyRoute(Route route, Progress before) {
    return byRoute.size() == 1
        && before.routes().size() == 1
        && before.routes().get(0).route().equals(route);
  }

  private static PartitionFailedException otherStages(String held, Progress before, String now) {
    return new PartitionFailedException(
        ("the target holds %s beyond the progress that were written under other stages (%s, now %s),"
                + " so they can't be matched: start the link once with the former transform and"
                + " mapper and close it, then change them. If that can't be, since the target topic"
                + " got more partitions, %s")
            .formatted(held, before.stagesFingerprint(), now, CopyAgain.ADVICE));
  }

  /** How many records the target holds beyond the progress. */
  private long held() {
    return byRoute.values().stream().mapToLong(Recovery::count).sum();
  }

  /** How many records that the target holds are sent again. */
  long repeated() {
    return (repeats ? held() : 0) + behindLost();
  }

  private long behindLost() {
    return byRoute.values().stream()
        .mapToLong(recovery -> recovery instanceof Lost lost ? lost.behind() : 0)
        .sum();
  }

  /**
   * Where to read on: the least of what the routes need. A route for which the sink keeps no source
   * offset, since nothing was ever written to it for instance, needs everything from the cut on; no
   * route needs anything before it, though the sink may know no better of one that is seldom
   * written.
   *
   * @param sourceNext the cut
   */
  long startsAt(long sourceNext) {
    long least = Long.MAX_VALUE;
    for (Recovery recovery : byRoute.values()) {
      least = Math.min(least, recovery.resumeAt(sourceNext));
    }
    return byRoute.isEmpty() ? sourceNext : least;
  }

  /**
   * What of it is to be found again from there on.
   *
   * @param startsAt see {@link #startsAt}
   * @param compacted whether the source may have fewer records by now than it had
   */
  AlreadyWritten held(long startsAt, boolean compacted) {
    Map<Route, DuplicateMatcher> trails = new LinkedHashMap<>();
    Map<Route, Long> counts = new LinkedHashMap<>();
    Map<Route, Long> resumes = new LinkedHashMap<>();
    byRoute.forEach(
        (route, recovery) -> {
          if (recovery.resumeAt(startsAt) > startsAt) {
            resumes.put(route, recovery.resumeAt(startsAt));
          } else if (recovery instanceof SkipMatching skip && skip.count() > 0 && !repeats) {
            counts.put(route, skip.count());
            trails.put(route, new FingerprintMatcher(route, skip, startsAt));
          } else if (recovery instanceof SkipRecords skip && !repeats) {
            OffsetRunMatcher runs = new OffsetRunMatcher(route, skip, startsAt);
            if (runs.count() > 0) {
              counts.put(route, runs.count());
              trails.put(route, runs);
            }
          }
        });
    return new AlreadyWritten(trails, counts, resumes, compacted);
  }

  /**
   * The route's first progress of this opening: what will not come again from the source counts as
   * passed.
   *
   * @param startsAt see {@link #startsAt}
   */
  RouteProgress first(Route route, Optional<RouteProgress> known, long startsAt) {
    Recovery recovery = byRoute.get(route);
    long targetNext = known.map(RouteProgress::targetNext).orElse(0L);
    if (recovery == null) {
      // a state that others have written behind would mislead the next recovery
      return new RouteProgress(route, 0, targetNext, NO_STATE);
    }
    long passed = 0;
    if (recovery instanceof Lost lost) {
      targetNext = lost.survivingTargetEnd();
    } else if (recovery instanceof SkipMatching skip && skip.count() > 0 && repeats) {
      passed = skip.count();
      targetNext = skip.held().get(skip.held().size() - 1).next();
    } else if (recovery instanceof SkipRecords skip && skip.count() > 0) {
      OffsetRunMatcher runs =
          new OffsetRunMatcher(route, skip, repeats ? Long.MAX_VALUE : startsAt);
      passed = runs.skipped();
      targetNext = Math.max(targetNext, runs.skippedEnd());
    }
    return new RouteProgress(route, passed, targetNext, recovery.newState());
  }
}
