package dev.twinlog.internal.engine;

import dev.twinlog.spi.OffsetRun;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.Recovery.SkipRecords;
import dev.twinlog.spi.Route;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Outputs that a former run left in the target beyond the progress: they pass the stages once more
 * and are dropped, each only if the sink's runs prove that it is there. Confined to the lane's
 * reader thread.
 */
final class Held {
  private final Map<Route, ArrayDeque<OffsetRun>> runs = new HashMap<>();
  private final Map<Route, Long> resumeAt;

  /**
   * Takes down what is held.
   *
   * @param skips the outputs that the target holds, per route
   * @param resumeAt the source offsets below which everything of a route is held, per route
   */
  Held(Map<Route, SkipRecords> skips, Map<Route, Long> resumeAt) {
    this.resumeAt = Map.copyOf(resumeAt);
    skips.forEach(
        (route, skip) -> {
          long proven = skip.held().stream().mapToLong(OffsetRun::count).sum();
          if (proven != skip.count()) {
            throw new PartitionFailedException(
                "the sink says that it holds %d records of %s, but proves %d"
                    .formatted(skip.count(), route, proven));
          }
          if (skip.count() > 0) {
            runs.put(route, new ArrayDeque<>(skip.held()));
          }
        });
  }

  /**
   * Whether the next output of the route, from this source offset, is held; if not, nothing behind
   * it is.
   */
  boolean holds(Route route, long sourceOffset) {
    return runs.containsKey(route) || sourceOffset < resumeAt.getOrDefault(route, 0L);
  }

  /**
   * Takes the next output of the route, which is held.
   *
   * @return the run of this one record; empty if the sink has no offsets
   */
  Optional<OffsetRun> take(Route route, long sourceOffset) {
    ArrayDeque<OffsetRun> held = runs.get(route);
    if (held == null) {
      return Optional.empty();
    }
    OffsetRun next = held.removeFirst();
    if (next.sourceFirst() != sourceOffset) {
      throw new PartitionFailedException(
          ("the target holds a record of %s from source offset %d, where the source now gives offset"
                  + " %d: the source or the link's transform or mapper has changed since the last run;"
                  + " nothing was written")
              .formatted(route, next.sourceFirst(), sourceOffset));
    }
    if (next.count() > 1) {
      held.addFirst(
          new OffsetRun(next.sourceFirst() + 1, next.targetFirst() + 1, next.count() - 1));
    } else if (held.isEmpty()) {
      runs.remove(route);
    }
    return Optional.of(new OffsetRun(sourceOffset, next.targetFirst(), 1));
  }

  /** Joins neighbours, so that a list of single records becomes a list of runs. */
  static List<OffsetRun> join(List<OffsetRun> singles) {
    List<OffsetRun> joined = new ArrayList<>();
    for (OffsetRun run : singles) {
      OffsetRun last = joined.isEmpty() ? null : joined.get(joined.size() - 1);
      if (last != null
          && last.sourceNext() == run.sourceFirst()
          && last.targetNext() == run.targetFirst()) {
        joined.set(
            joined.size() - 1,
            new OffsetRun(last.sourceFirst(), last.targetFirst(), last.count() + run.count()));
      } else {
        joined.add(run);
      }
    }
    return joined;
  }
}
