package dev.twinlog.internal.verify;

import dev.twinlog.PartitionVerdict;
import dev.twinlog.internal.offsets.CopiedRoute;
import dev.twinlog.internal.verify.RouteWalk.Start;
import dev.twinlog.internal.verify.RouteWalk.Window;
import dev.twinlog.spi.SkippedOffsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** The comparisons that are to be made in one target partition, one after the other. */
final class PartitionPlan {
  /**
   * A route into the partition.
   *
   * @param sourceFrom source offsets before it are not compared
   * @param skipped source offsets that were left out
   * @param findings null for a route that is only known, so that its records are not taken for
   *     duplicates
   */
  record PlannedRoute(
      CopiedRoute route,
      long sourceFrom,
      SkippedOffsets skipped,
      PartitionVerdict.@Nullable Builder findings) {
    boolean isCompared() {
      return findings != null;
    }
  }

  private static final long NONE = Long.MAX_VALUE;
  private static final Window ALL = new Window(0, Long.MAX_VALUE);

  private final TopicPartition target;
  private final List<PlannedRoute> routes;
  private final Supplier<ComparisonRules> rules;
  private final boolean whole;
  private final Deque<Window> windows = new ArrayDeque<>();
  private boolean dropped;

  /**
   * Plans to compare everything that both logs have, or a sample of it.
   *
   * @param logStart the first offset of the target
   * @param rules creates those of one comparison
   */
  PartitionPlan(
      TopicPartition target,
      List<PlannedRoute> routes,
      long logStart,
      Sample sample,
      Supplier<ComparisonRules> rules) {
    this.target = target;
    this.rules = rules;
    this.whole = sample.share() >= 1;
    long from = from(routes, logStart);
    Window everything = new Window(from, Long.MAX_VALUE);
    long to = 0;
    List<PlannedRoute> within = new ArrayList<>();
    for (PlannedRoute one : routes) {
      within.add(within(one, everything));
      to = Math.max(to, one.route().targetEnd());
    }
    this.routes = within;
    if (from != NONE) {
      windows.addAll(sample.windows(target, from, to));
    }
  }

  /**
   * Where the comparison begins in the target: at its start, unless the source has less, or none.
   */
  private static long from(List<PlannedRoute> routes, long logStart) {
    Window all = new Window(logStart, Long.MAX_VALUE);
    long first = NONE;
    boolean complete = true;
    for (PlannedRoute one : routes) {
      if (one.isCompared()) {
        Start begin = RouteWalk.start(one.route(), 0, all);
        Start start = RouteWalk.start(one.route(), one.sourceFrom(), all);
        complete &= begin == null || begin.equals(start);
        if (start != null) {
          first = Math.min(first, start.target());
        }
      }
    }
    return complete ? logStart : first;
  }

  /** Leaves out what the target does not have any more, or is not to be compared. */
  private static PlannedRoute within(PlannedRoute one, Window window) {
    PartitionVerdict.Builder findings = one.findings();
    Start begin = RouteWalk.start(one.route(), 0, ALL);
    Start start = RouteWalk.start(one.route(), one.sourceFrom(), window);
    if (findings == null || begin == null || begin.equals(start)) {
      return one;
    }
    long from = one.sourceFrom();
    if (start == null) {
      from = Math.max(from, one.route().copied());
    } else if (begin.target() < window.from()) {
      from = Math.max(from, start.source());
    }
    findings.note("copies of what is before source offset %d were not compared".formatted(from));
    return new PlannedRoute(one.route(), from, one.skipped(), findings);
  }

  TopicPartition target() {
    return target;
  }

  /** How many source partitions are compared. */
  int size() {
    return (int) routes.stream().filter(PlannedRoute::isCompared).count();
  }

  /** Leaves out what was not begun, since the last comparison has ended with a reason. */
  void drop() {
    windows.clear();
    dropped = true;
  }

  /** What was not compared at all is not exact. */
  private void requireCompared(PlannedRoute one) {
    PartitionVerdict.Builder findings = one.findings();
    if (findings != null
        && findings.records() == 0
        && findings.differences() == 0
        && RouteWalk.start(one.route(), 0, ALL) != null) {
      findings.reason(
          whole
              ? "nothing was compared: one side does not have the copied records any more, or they are older than what was to be compared"
              : "nothing was compared: the sample has no record of it");
    }
  }

  /** Begins the next comparison; null if none is left. */
  @Nullable TargetComparison next() {
    Window window = windows.poll();
    if (window == null) {
      if (!dropped) {
        routes.forEach(this::requireCompared);
      }
      return null;
    }
    List<RouteWalk> walks = new ArrayList<>();
    for (PlannedRoute one : routes) {
      PartitionVerdict.Builder findings = one.findings();
      if (findings == null) {
        walks.add(RouteWalk.passive(one.route(), window));
      } else {
        long sourceFrom = one.sourceFrom();
        if (!whole) {
          Start start = RouteWalk.start(one.route(), sourceFrom, window);
          sourceFrom = start == null ? Math.max(sourceFrom, one.route().copied()) : start.source();
        }
        walks.add(
            new RouteWalk(
                one.route(),
                findings,
                new RouteWalk.From(new LogSide(sourceFrom), sourceFrom, one.skipped()),
                window));
      }
    }
    return new TargetComparison(target, walks, new LogSide(window.from()), rules.get());
  }
}
