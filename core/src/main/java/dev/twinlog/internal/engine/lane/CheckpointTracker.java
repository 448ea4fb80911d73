package dev.twinlog.internal.engine.lane;

import dev.twinlog.internal.control.CopyAgain;
import dev.twinlog.internal.engine.recovery.AlreadyWritten;
import dev.twinlog.internal.engine.recovery.TargetLostException;
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
 * The checkpoint of one session: the source offset before which all records are in the target, with
 * the progress of each route. Appends acknowledged records to the offset map. Confined to the
 * lane's writer thread.
 *
 * <p>Invariant: a call that throws has not moved the checkpoint.
 */
final class CheckpointTracker {

  /**
   * Records of a route that are in the target.
   *
   * @param alreadyWritten whether they were written before this session
   */
  record WrittenRecords(Route route, long records, List<OffsetRun> runs, boolean alreadyWritten) {}

  /** The progress of one route. */
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

  /** The number of already written records of each route that are not found again yet. */
  private final Map<Route, Long> unmatched;

  private final long resumesAt;
  private long offset;
  private OptionalInt leaderEpoch;
  private boolean changed;

  /**
   * Creates the initial checkpoint of a session.
   *
   * @param alreadyWritten the records that the target has after {@code opened}; not kept
   * @param map the offset maps, opened with {@code opened}
   */
  CheckpointTracker(Progress opened, AlreadyWritten alreadyWritten, SourceMap map) {
    this.opened = opened;
    this.map = map;
    this.unmatched = new HashMap<>(alreadyWritten.counts());
    this.resumesAt = alreadyWritten.resumesAt();
    this.offset = opened.sourceNext();
    this.leaderEpoch = opened.sourceLeaderEpoch();
    for (RouteProgress route : opened.routes()) {
      routes.put(route.route(), new RouteCheckpoint(route, map.route(route.route())));
    }
  }

  long offset() {
    return offset;
  }

  /** The source leader epoch of the record directly before the checkpoint, if it is known. */
  OptionalInt leaderEpoch() {
    return leaderEpoch;
  }

  /**
   * Moves the checkpoint to {@code next}, past these records.
   *
   * @throws PartitionFailedException if the target's offsets went backwards, or are invalid
   */
  void pass(List<WrittenRecords> written, SourcePosition next) {
    checkTargets(written);
    appendToMap(written, next.offset());
    for (WrittenRecords part : written) {
      RouteCheckpoint route = checkpointOf(part.route());
      route.written += part.records();
      route.targetNext = targetNext(part, route.targetNext);
      if (part.alreadyWritten()) {
        unmatched.computeIfPresent(
            part.route(), (r, left) -> left > part.records() ? left - part.records() : null);
      }
    }
    offset = next.offset();
    leaderEpoch = next.leaderEpoch();
    map.checkpoint(offset);
    changed = true;
  }

  private static long targetNext(WrittenRecords part, long before) {
    List<OffsetRun> runs = part.runs();
    return runs.isEmpty() ? before : runs.get(runs.size() - 1).targetNext();
  }

  /** Checks the target offsets before anything is changed. */
  private void checkTargets(List<WrittenRecords> written) {
    for (int i = 0; i < written.size(); i++) {
      WrittenRecords part = written.get(i);
      long next = checkpointOf(part.route()).targetNext;
      for (int before = 0; before < i; before++) {
        if (written.get(before).route().equals(part.route())) {
          next = targetNext(written.get(before), next);
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

  private TargetLostException wentBackwards(Route route, long written, long acknowledged) {
    return new TargetLostException(
        ("target topic %s was deleted and created again, or truncated, while it was written: a record"
                + " of %s was written at offset %d, but %d was acknowledged before; call acceptLoss for"
                + " %s to continue at source offset %d; or, %s")
            .formatted(
                route.target().topic(),
                route,
                written,
                acknowledged,
                route.source(),
                offset,
                CopyAgain.ADVICE));
  }

  /** Appends the records to the offset map, before its checkpoint passes them. */
  private void appendToMap(List<WrittenRecords> written, long next) {
    for (int i = 0; i < written.size(); i++) {
      WrittenRecords part = written.get(i);
      RouteMap to = checkpointOf(part.route()).map;
      try {
        for (OffsetRun run : part.runs()) {
          to.append(run.sourceFirst(), run.targetFirst(), run.count());
        }
      } catch (IllegalStateException e) {
        throw new PartitionFailedException(
            "the sink returned offsets of records that it was not given: " + e.getMessage(), e);
      }
      if (part.runs().isEmpty()) {
        to.unknownUpTo(nextKnown(written.subList(i + 1, written.size()), part.route(), next));
      }
    }
  }

  /** The source offset of the route's first record among these that has a run, or {@code next}. */
  private static long nextKnown(List<WrittenRecords> behind, Route route, long next) {
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

  /**
   * Records the ends of the target logs; only while all records of the routes in them are known.
   */
  void targetEnds(ToLongFunction<Route> ends) {
    routes.forEach((route, at) -> changed |= at.map.targetEnd(ends.applyAsLong(route)));
  }

  /** Whether all already written records of former sessions are found again. */
  boolean allFound() {
    return unmatched.isEmpty() && offset >= resumesAt;
  }

  /** Whether the checkpoint has moved since the last call. */
  boolean takeChanged() {
    boolean was = changed;
    changed = false;
    return was;
  }

  /** The checkpoint as progress; clean only if the target has no records after it. */
  Progress progress(boolean clean) {
    List<RouteProgress> progress = new ArrayList<>(routes.size());
    routes.forEach(
        (route, at) ->
            progress.add(new RouteProgress(route, at.written, at.targetNext, at.sinkState)));
    return new Progress(
        opened.source(),
        offset,
        clean,
        opened.stagesFingerprint(),
        progress,
        leaderEpoch,
        opened.skipped());
  }
}
