package dev.twinlog.internal.offsets;

import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.SourcePartition;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds out from two logs alone what of the one was copied to the other: walks both in step and
 * compares what the records say.
 *
 * <p>What it accepts: records in front of the first common one, on either side (a link that began
 * later, a log start that moved); records in the target that are not of the source (someone else
 * wrote them); records of the source behind the last common one (not copied yet). What it refuses:
 * a record of the source that is missing between two that are there. Stateless.
 */
public final class Histories {
  /** How far it looks for the first common record, on each side. */
  private static final int BEGINNING = 1_000_000;

  /** How many records of others may lie between two of the source. */
  private static final int BETWEEN = 100_000;

  /**
   * One record.
   *
   * @param print what it says, see {@link dev.twinlog.spi.RecordFingerprint}
   */
  public record Entry(long offset, long print) {}

  /** The records of one partition up to its end at some moment. */
  public interface Log {
    /** The next record; null behind the last one. */
    @Nullable Entry next();

    /** The offset behind everything, markers included. */
    long end();
  }

  /**
   * What was copied.
   *
   * @param progress where to go on; it says nothing of the sink's own state
   * @param copied how many records
   * @param foreign how many records of others lie between or behind them
   */
  public record Match(Progress progress, long copied, long foreign) {}

  private final Route route;
  private final Ahead source;
  private final Ahead target;
  private long copied;
  private long foreign;

  private Histories(Route route, Log source, Log target) {
    this.route = route;
    this.source = new Ahead(source);
    this.target = new Ahead(target);
  }

  /**
   * Compares the logs of a route, and adds what it finds to {@code maps}.
   *
   * @return empty if nothing of the source is in the target
   * @throws PartitionFailedException if they don't fit together
   */
  public static Optional<Match> match(
      SourcePartition partition, Route route, Log source, Log target, OffsetMaps maps) {
    return new Histories(route, source, target).match(partition, maps);
  }

  private Optional<Match> match(SourcePartition partition, OffsetMaps maps) {
    long skipped = toFirstCommon();
    if (skipped < 0) {
      return Optional.empty();
    }
    long sourceFirst = source.head().offset();
    long targetFirst = skipped == 0 ? 0 : target.head().offset();
    SourceMap map = maps.open(progress(partition, sourceFirst, targetFirst));
    long targetNext = walk(map.route(route));
    Entry left = source.peek();
    long sourceNext = left == null ? source.end() : left.offset();
    map.cut(sourceNext);
    return Optional.of(new Match(progress(partition, sourceNext, targetNext), copied, foreign));
  }

  private Progress progress(SourcePartition partition, long sourceNext, long targetNext) {
    RouteProgress of = new RouteProgress(route, 0, targetNext, new byte[0]);
    return new Progress(partition, sourceNext, false, "rebuilt", List.of(of));
  }

  /**
   * Puts both logs before the first record that they have in common.
   *
   * @return how many records were passed over in the target; -1 if they have none in common
   */
  private long toFirstCommon() {
    Map<Long, Integer> sourceSeen = new HashMap<>();
    Map<Long, Integer> targetSeen = new HashMap<>();
    for (int at = 0; at < BEGINNING; at++) {
      Entry ofSource = source.get(at);
      Entry ofTarget = target.get(at);
      if (ofSource == null && ofTarget == null) {
        return -1;
      }
      if (ofSource != null) {
        sourceSeen.putIfAbsent(ofSource.print(), at);
      }
      if (ofTarget != null) {
        targetSeen.putIfAbsent(ofTarget.print(), at);
      }
      Integer inSource = ofTarget == null ? null : sourceSeen.get(ofTarget.print());
      Integer inTarget = ofSource == null ? null : targetSeen.get(ofSource.print());
      if (inSource != null && (inTarget == null || inSource <= inTarget)) {
        source.drop(inSource);
        target.drop(at);
        return at;
      }
      if (inTarget != null) {
        source.drop(at);
        target.drop(inTarget);
        return inTarget;
      }
    }
    throw new PartitionFailedException(
        "of %s the first %,d records have nothing in common: if the link never copied this partition, leave its topic out"
            .formatted(route, BEGINNING));
  }

  /** Walks both from the first common record on; the target offset behind the last common one. */
  private long walk(RouteMap map) {
    long targetNext = 0;
    while (true) {
      Entry ofSource = source.peek();
      Entry ofTarget = target.peek();
      if (ofSource == null || ofTarget == null) {
        return targetNext; // what is left in the target is of others: the source has no more
      }
      if (ofSource.print() != ofTarget.print()) {
        int others = others(ofSource);
        if (others < 0) {
          checkNothingIsMissing(ofSource);
          return targetNext;
        }
        target.drop(others);
        foreign += others;
        continue;
      }
      map.append(ofSource.offset(), ofTarget.offset(), 1);
      targetNext = ofTarget.offset() + 1;
      copied++;
      source.drop(1);
      target.drop(1);
    }
  }

  /** How many records of others lie before this one in the target; -1 if it is not there. */
  private int others(Entry wanted) {
    for (int i = 1; i < BETWEEN; i++) {
      Entry one = target.get(i);
      if (one == null) {
        return -1;
      }
      if (one.print() == wanted.print()) {
        return i;
      }
    }
    throw missing(wanted, "nor is it among the %,d records that follow".formatted(BETWEEN));
  }

  /** What is left in the target must not be of the source, of which this one is next. */
  private void checkNothingIsMissing(Entry next) {
    Set<Long> left = new HashSet<>();
    int behind = 0;
    for (Entry one = target.get(0); one != null; one = target.get(++behind)) {
      left.add(one.print());
    }
    foreign += behind;
    for (int i = 1; i < BETWEEN; i++) {
      Entry one = source.get(i);
      if (one == null) {
        return;
      }
      if (left.contains(one.print())) {
        throw missing(
            next, "yet that at source offset " + one.offset() + ", which follows, is there");
      }
    }
  }

  private PartitionFailedException missing(Entry wanted, String how) {
    return new PartitionFailedException(
        "%s: the record at source offset %d is not in the target at offset %d, where it should be: %s; the histories don't fit together, so what was copied can't be told"
            .formatted(
                route, wanted.offset(), target.peek() == null ? 0 : target.head().offset(), how));
  }

  /** A log of which one can see what comes. */
  private static final class Ahead {
    private static final int SPARE = 10_000;

    private final Log log;
    private final List<Entry> seen = new ArrayList<>();
    private int head;

    Ahead(Log log) {
      this.log = log;
    }

    /** The record that is so many behind the next one; null if there is none. */
    @Nullable Entry get(int ahead) {
      while (seen.size() <= head + ahead) {
        Entry next = log.next();
        if (next == null) {
          return null;
        }
        seen.add(next);
      }
      return seen.get(head + ahead);
    }

    @Nullable Entry peek() {
      return get(0);
    }

    /** The next one, which is there. */
    Entry head() {
      return seen.get(head);
    }

    void drop(int count) {
      head += count;
      if (head >= SPARE) {
        seen.subList(0, head).clear();
        head = 0;
      }
    }

    long end() {
      return log.end();
    }
  }
}
