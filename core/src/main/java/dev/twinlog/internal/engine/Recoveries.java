package dev.twinlog.internal.engine;

import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.Recovery;
import dev.twinlog.spi.Recovery.Lost;
import dev.twinlog.spi.Recovery.ResumeAt;
import dev.twinlog.spi.Recovery.SkipRecords;
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

  private Recoveries(Map<Route, Recovery> byRoute) {
    this.byRoute = byRoute;
  }

  static Recoveries of(Map<Route, Recovery> byRoute) {
    return new Recoveries(byRoute);
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
                        + " or deleted and created again. Resume %s to go on at source offset %d"
                        + " without them, or copy everything again under another link name")
                    .formatted(route, lost.survivingTargetEnd(), source, sourceNext));
          }
        });
  }

  /**
   * Refuses to drop records under other stages than those that made them.
   *
   * @throws PartitionFailedException if the target holds outputs beyond the progress
   */
  void checkNothingHeld(TopicPartition source, String before, String now) {
    for (Recovery recovery : byRoute.values()) {
      if (recovery instanceof SkipRecords skip && skip.count() > 0) {
        throw new PartitionFailedException(
            ("the target holds %d records of %s that were written under other stages (%s, now %s), so"
                    + " they can't be matched: start the link once with the former transform and"
                    + " mapper and close it, then change them")
                .formatted(skip.count(), source, before, now));
      }
    }
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
      least =
          Math.min(
              least,
              recovery instanceof ResumeAt resume
                  ? Math.max(sourceNext, resume.sourceOffset())
                  : sourceNext);
    }
    return byRoute.isEmpty() ? sourceNext : least;
  }

  /**
   * What the target holds from there on.
   *
   * @param startsAt see {@link #startsAt}
   */
  Held held(long startsAt) {
    Map<Route, SkipRecords> skips = new LinkedHashMap<>();
    Map<Route, Long> resumes = new LinkedHashMap<>();
    byRoute.forEach(
        (route, recovery) -> {
          if (recovery instanceof SkipRecords skip) {
            skips.put(route, skip);
          } else if (recovery instanceof ResumeAt resume && resume.sourceOffset() > startsAt) {
            resumes.put(route, resume.sourceOffset());
          }
        });
    return new Held(skips, resumes);
  }

  /** The route's first progress of this opening. */
  RouteProgress first(Route route, Optional<RouteProgress> known) {
    Recovery recovery = byRoute.get(route);
    long targetNext = known.map(RouteProgress::targetNext).orElse(0L);
    if (recovery == null) {
      return new RouteProgress(
          route,
          known.map(RouteProgress::written).orElse(0L),
          targetNext,
          known.map(RouteProgress::sinkState).orElse(NO_STATE));
    }
    return new RouteProgress(
        route,
        0,
        recovery instanceof Lost lost ? lost.survivingTargetEnd() : targetNext,
        recovery.newState());
  }
}
