package dev.twinlog.internal.engine;

import dev.twinlog.internal.control.CopyAgain;
import dev.twinlog.internal.offsets.RouteMap;
import dev.twinlog.internal.offsets.SourceMap;
import dev.twinlog.spi.OffsetRun;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.SourcePosition;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.ToLongFunction;

/**
 * The cut of one session: everything before this source offset is in the target, and how far each
 * route is there. The offset map learns from it where every record is. Confined to the lane's
 * writer thread.
 *
 * <p>Invariant: a step that throws has not moved the cut.
 */
final class CheckpointTracker {

  /**
   * Records of a route that are in the target.
   *
   * @param found whether they were there before this session
   */
  record Landed(Route route, long records, List<OffsetRun> runs, boolean found) {}

  /** How far a route is. */
  private static final class RouteCheckpoint {
    private final RouteMap map;
    private final byte[] sinkState;
    private long written;
    private long targetNext;

    RouteCheckpoint(RouteProgress opened, RouteMap map) {
      this.map = map;
      this.sinkState = opened.sinkState();
      this.written = opened.written();
      this.targetNext = opened.targetNext();
    }
  }

  private final Progress opened;
  private final SourceMap map;
  private final Map<Route, RouteCheckpoint> routes = new LinkedHashMap<>();

  /** How many records of a route are still to be found. */
  private final Map<Route, Long> owed;

  private final long resumesAt;
  private long offset;
  private OptionalInt leaderEpoch;
  private boolean changed;

  /**
   * The cut that a session begins at.
   *
   * @param held what the target held beyond {@code opened}; looked at here and not kept
   * @param map was opened with {@code opened}
   */
  CheckpointTracker(Progress opened, AlreadyWritten held, SourceMap map) {
    this.opened = opened;
    this.map = map;
    this.owed = new HashMap<>(held.counts());
    this.resumesAt = held.resumesAt();
    this.offset = opened.sourceNext();
    this.leaderEpoch = opened.sourceLeaderEpoch();
    for (RouteProgress route : opened.routes()) {
      routes.put(route.route(), new RouteCheckpoint(route, map.route(route.route())));
    }
  }

  long offset() {
    return offset;
  }

  /** The source's leader epoch of what lies directly before the cut, if it is known. */
  OptionalInt leaderEpoch() {
    return leaderEpoch;
  }

  /**
   * Moves on to {@code next}, over these records.
   *
   * @throws PartitionFailedException if the target's offsets went backwards, or make no sense
   */
  void pass(List<Landed> landed, SourcePosition next) {
    checkTargets(landed);
    takeDown(landed, next.offset());
    for (Landed part : landed) {
      RouteCheckpoint route = checkpointOf(part.route());
      route.written += part.records();
      route.targetNext = targetNext(part, route.targetNext);
      if (part.found()) {
        owed.computeIfPresent(
            part.route(), (r, left) -> left > part.records() ? left - part.records() : null);
      }
    }
    offset = next.offset();
    leaderEpoch = next.leaderEpoch();
    map.checkpoint(offset);
    changed = true;
  }

  private static long targetNext(Landed part, long before) {
    List<OffsetRun> runs = part.runs();
    return runs.isEmpty() ? before : runs.get(runs.size() - 1).targetNext();
  }

  /** Changes nothing, since it may throw. */
  private void checkTargets(List<Landed> landed) {
    for (int i = 0; i < landed.size(); i++) {
      Landed part = landed.get(i);
      long next = checkpointOf(part.route()).targetNext;
      for (int before = 0; before < i; before++) {
        if (landed.get(before).route().equals(part.route())) {
          next = targetNext(landed.get(before), next);
        }
      }
      for (OffsetRun run : part.runs()) {
        if (run.targetFirst() < next) {
          throw wentBackwards(part.route(), run.targetFirst(), next - 1);
        }
        next = run.targetNext();
      }
    }
  }

  private TargetLostException wentBackwards(Route route, long landed, long acknowledged) {
    return new TargetLostException(
        ("target topic %s was deleted and created again, or truncated, while it was written: a record"
                + " of %s landed at offset %d, but %d was acknowledged before; call acceptLoss for %s"
                + " to go on at source offset %d; or, %s")
            .formatted(
                route.target().topic(),
                route,
                landed,
                acknowledged,
                route.source(),
                offset,
                CopyAgain.ADVICE));
  }

  /** Tells the offset map where the records are, before it hears that the cut has passed them. */
  private void takeDown(List<Landed> landed, long next) {
    for (int i = 0; i < landed.size(); i++) {
      Landed part = landed.get(i);
      RouteMap to = checkpointOf(part.route()).map;
      try {
        for (OffsetRun run : part.runs()) {
          to.append(run.sourceFirst(), run.targetFirst(), run.count());
        }
      } catch (IllegalStateException e) {
        throw new PartitionFailedException(
            "the sink says where records are that it can't have been given: " + e.getMessage(), e);
      }
      if (part.runs().isEmpty()) {
        to.unknownUpTo(nextKnown(landed.subList(i + 1, landed.size()), part.route(), next));
      }
    }
  }

  /** The source offset of the route's first record among these that has a run, or {@code next}. */
  private static long nextKnown(List<Landed> behind, Route route, long next) {
    return behind.stream()
        .filter(part -> part.route().equals(route) && !part.runs().isEmpty())
        .mapToLong(part -> part.runs().get(0).sourceFirst())
        .findFirst()
        .orElse(next);
  }

  private RouteCheckpoint checkpointOf(Route route) {
    RouteCheckpoint at = routes.get(route);
    if (at == null) {
      throw new IllegalStateException("no such route in this session: " + route);
    }
    return at;
  }

  /** Takes down how far the logs of the targets reach; only while all that they hold is known. */
  void targetEnds(ToLongFunction<Route> ends) {
    routes.forEach((route, at) -> changed |= at.map.targetEnd(ends.applyAsLong(route)));
  }

  /** Whether the target holds nothing from a former session that this one has not come to. */
  boolean owesNothing() {
    return owed.isEmpty() && offset >= resumesAt;
  }

  /** Whether the cut has moved since this was last asked. */
  boolean takeChanged() {
    boolean was = changed;
    changed = false;
    return was;
  }

  /** The cut as progress; clean only if the target holds nothing beyond it. */
  Progress progress(boolean clean) {
    List<RouteProgress> progress = new ArrayList<>(routes.size());
    routes.forEach(
        (route, at) ->
            progress.add(new RouteProgress(route, at.written, at.targetNext, at.sinkState)));
    return new Progress(
        opened.source(), offset, clean, opened.stagesFingerprint(), progress, leaderEpoch);
  }
}
