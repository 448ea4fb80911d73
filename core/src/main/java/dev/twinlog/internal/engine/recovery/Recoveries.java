package dev.twinlog.internal.engine.recovery;

import static java.util.stream.Collectors.joining;

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
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;

/** The sink's recovery results for the routes of one source partition. Immutable. */
public final class Recoveries {
  private static final byte[] NO_STATE = {};

  private final Map<Route, Recovery> byRoute;
  private final boolean repeats;

  private Recoveries(Map<Route, Recovery> byRoute, boolean repeats) {
    this.byRoute = byRoute;
    this.repeats = repeats;
  }

  /**
   * Creates the results.
   *
   * @param repeats whether already written records are written again instead of being matched
   */
  public static Recoveries of(Map<Route, Recovery> byRoute, boolean repeats) {
    return new Recoveries(byRoute, repeats);
  }

  /** Why the state of a route is unknown; empty if all are known. */
  public static Optional<ReplicationException> unknown(Map<Route, Recovery> byRoute) {
    return byRoute.values().stream()
        .filter(Unknown.class::isInstance)
        .map(recovery -> ((Unknown) recovery).cause())
        .findFirst();
  }

  /**
   * Refuses to continue if the target lost records.
   *
   * @param accepted the loss that the user has accepted
   * @throws TargetLostException if records are lost that are not part of it
   */
  public void checkLoss(
      TopicPartition source, long sourceNext, Optional<TargetLostException> accepted) {
    Map<Route, Long> ends = new TreeMap<>(Comparator.comparing(Route::toString));
    byRoute.forEach(
        (route, recovery) -> {
          if (recovery instanceof Lost lost) {
            ends.put(route, lost.survivingTargetEnd());
          }
        });
    boolean known =
        accepted.isPresent()
            && ends.entrySet().stream()
                .allMatch(end -> accepted.get().covers(end.getKey(), end.getValue()));
    if (ends.isEmpty() || known) {
      return;
    }
    String lost =
        ends.entrySet().stream()
            .map(end -> "%s: it ends at offset %d".formatted(end.getKey(), end.getValue()))
            .collect(joining(", and of "));
    throw new TargetLostException(
        ("the target lost acknowledged records of %s; it was truncated, or deleted and created"
                + " again. Call acceptLoss for %s to continue at source offset %d without them; or,"
                + " %s")
            .formatted(lost, source, sourceNext, CopyAgain.ADVICE),
        ends);
  }

  /**
   * Refuses to match already written records if the stages that made them have changed.
   *
   * @param before the progress, with the fingerprint of the former stages
   * @param checkpoint the first source offset that is staged again
   * @param now the fingerprint of the current stages
   * @throws PartitionFailedException if the target has records after the progress
   */
  public void checkNothingAlreadyWritten(Progress before, long checkpoint, String now) {
    TopicPartition source = before.source().partition();
    long count = alreadyWrittenCount();
    if (count > 0 && !repeats) {
      throw otherStages("%d records of %s".formatted(count, source), before, now);
    }
    for (Map.Entry<Route, Recovery> one : byRoute.entrySet()) {
      long resumeAt = one.getValue().resumeAt(checkpoint);
      if (resumeAt > checkpoint && !isTheOnlyRoute(one.getKey(), before)) {
        String what = "records of %s up to source offset %d".formatted(one.getKey(), resumeAt);
        throw otherStages(what, before, now);
      }
    }
  }

  /** With a single route the mapper can't change which records the target has. */
  private boolean isTheOnlyRoute(Route route, Progress before) {
    return byRoute.size() == 1
        && before.routes().size() == 1
        && before.routes().get(0).route().equals(route);
  }

  private static PartitionFailedException otherStages(String records, Progress before, String now) {
    return new PartitionFailedException(
        ("the target has %s after the progress that were written with other stages (%s, now %s),"
                + " so they can't be matched: start the link once with the former transform and"
                + " mapper and close it, then change them. If that is impossible, since the target"
                + " topic got more partitions, %s")
            .formatted(records, before.stagesFingerprint(), now, CopyAgain.ADVICE));
  }

  /** How many records the target has after the progress. */
  private long alreadyWrittenCount() {
    return byRoute.values().stream().mapToLong(Recovery::count).sum();
  }

  /** How many records that the target has are written again. */
  public long repeated() {
    return (repeats ? alreadyWrittenCount() : 0) + behindLost();
  }

  private long behindLost() {
    return byRoute.values().stream()
        .mapToLong(recovery -> recovery instanceof Lost lost ? lost.behind() : 0)
        .sum();
  }

  /**
   * The source offset to continue reading at: the least offset that a route needs. A route for
   * which the sink has no source offset, for example because it was never written, needs everything
   * from the checkpoint on. No route needs records before the checkpoint, although the sink may
   * return an earlier offset for a route that is rarely written.
   *
   * @param sourceNext the checkpoint
   */
  public long startsAt(long sourceNext) {
    long least = Long.MAX_VALUE;
    for (Recovery recovery : byRoute.values()) {
      least = Math.min(least, recovery.resumeAt(sourceNext));
    }
    return byRoute.isEmpty() ? sourceNext : least;
  }

  /**
   * The already written records that will be read again.
   *
   * @param startsAt see {@link #startsAt}
   * @param compacted whether the source may have lost records to compaction since
   */
  public AlreadyWritten alreadyWritten(long startsAt, boolean compacted) {
    Map<Route, DuplicateMatcher> matchers = new LinkedHashMap<>();
    Map<Route, Long> counts = new LinkedHashMap<>();
    Map<Route, Long> resumes = new LinkedHashMap<>();
    byRoute.forEach(
        (route, recovery) -> {
          if (recovery.resumeAt(startsAt) > startsAt) {
            resumes.put(route, recovery.resumeAt(startsAt));
          } else if (recovery instanceof SkipMatching skip && skip.count() > 0 && !repeats) {
            counts.put(route, skip.count());
            matchers.put(route, new FingerprintMatcher(route, skip, startsAt));
          } else if (recovery instanceof SkipRecords skip && !repeats) {
            OffsetRunMatcher runs = new OffsetRunMatcher(route, skip, startsAt);
            if (runs.count() > 0) {
              counts.put(route, runs.count());
              matchers.put(route, runs);
            }
          }
        });
    return new AlreadyWritten(matchers, counts, resumes, compacted);
  }

  /**
   * The route's first progress of this opening: records that won't be read again count as passed.
   *
   * @param startsAt see {@link #startsAt}
   */
  public RouteProgress first(Route route, Optional<RouteProgress> known, long startsAt) {
    Recovery recovery = byRoute.get(route);
    long targetNext = known.map(RouteProgress::targetNext).orElse(0L);
    if (recovery == null) {
      // a state from before writes that it doesn't cover would mislead the next recovery
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
