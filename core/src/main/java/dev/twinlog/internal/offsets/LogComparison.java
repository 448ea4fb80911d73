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
 * Rebuilds the progress and the offset map of a route from the source log and the target log alone:
 * reads both in step and compares the fingerprints of their records.
 *
 * <p>Accepted are records before the first common one, on either side (the link started later, or
 * the log start moved); records in the target that are not in the source (another producer wrote
 * them); and records of the source after the last common one (not copied yet). Refused is a record
 * of the source that is missing in the target between two that were copied.
 */
public final class LogComparison {
  /** How many records are compared on each side to find the first common one. */
  private static final int BEGINNING = 1_000_000;

  /** How many foreign records may lie between two records of the source. */
  private static final int BETWEEN = 100_000;

  /**
   * One record.
   *
   * @param fingerprint see {@link dev.twinlog.spi.RecordFingerprint}
   */
  public record Entry(long offset, long fingerprint) {}

  /** The records of one partition, up to its end at the time of opening. */
  public interface Log {
    /** Returns the next record; null after the last one. */
    @Nullable Entry next();

    /** The log end offset, after the last record or transaction marker. */
    long end();
  }

  /**
   * The result of a comparison.
   *
   * @param progress where the copy continues; without the sink's own state
   * @param copied the number of records that were copied
   * @param foreign the number of other records between or after them
   */
  public record Match(Progress progress, long copied, long foreign) {}

  private final Route route;
  private final Ahead source;
  private final Ahead target;
  private long copied;
  private long foreign;

  private LogComparison(Route route, Log source, Log target) {
    this.route = route;
    this.source = new Ahead(source);
    this.target = new Ahead(target);
  }

  /**
   * Compares the logs of a route, and adds the offsets of the copied records to {@code maps}.
   *
   * @return empty if no record of the source is in the target
   * @throws PartitionFailedException if a record is missing in the target
   */
  public static Optional<Match> match(
      SourcePartition partition, Route route, Log source, Log target, OffsetMaps maps) {
    return new LogComparison(route, source, target).match(partition, maps);
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
    map.checkpoint(sourceNext);
    return Optional.of(new Match(progress(partition, sourceNext, targetNext), copied, foreign));
  }

  private Progress progress(SourcePartition partition, long sourceNext, long targetNext) {
    RouteProgress of = new RouteProgress(route, 0, targetNext, new byte[0]);
    return new Progress(partition, sourceNext, false, "rebuilt", List.of(of));
  }

  /**
   * Moves both logs to the first record that they have in common.
   *
   * @return the number of records that were skipped in the target; -1 if there is no common record
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
        sourceSeen.putIfAbsent(ofSource.fingerprint(), at);
      }
      if (ofTarget != null) {
        targetSeen.putIfAbsent(ofTarget.fingerprint(), at);
      }
      Integer inSource = ofTarget == null ? null : sourceSeen.get(ofTarget.fingerprint());
      Integer inTarget = ofSource == null ? null : targetSeen.get(ofSource.fingerprint());
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
        "of %s the first %,d records have none in common: if the link never copied this partition, leave its topic out"
            .formatted(route, BEGINNING));
  }

  /**
   * Reads both logs from the first common record on; returns the target offset after the last one.
   */
  private long walk(RouteMap map) {
    long targetNext = 0;
    while (true) {
      Entry ofSource = source.peek();
      Entry ofTarget = target.peek();
      if (ofSource == null || ofTarget == null) {
        return targetNext; // the rest of the target is foreign: the source has no more records
      }
      if (ofSource.fingerprint() != ofTarget.fingerprint()) {
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

  /** The number of foreign records before this one in the target; -1 if it isn't in the target. */
  private int others(Entry wanted) {
    for (int i = 1; i < BETWEEN; i++) {
      Entry one = target.get(i);
      if (one == null) {
        return -1;
      }
      if (one.fingerprint() == wanted.fingerprint()) {
        return i;
      }
    }
    throw missing(wanted, "and it is not among the following %,d records".formatted(BETWEEN));
  }

  /** Checks that the rest of the target has no record of the source after {@code next}. */
  private void checkNothingIsMissing(Entry next) {
    Set<Long> left = new HashSet<>();
    int behind = 0;
    for (Entry one = target.get(0); one != null; one = target.get(++behind)) {
      left.add(one.fingerprint());
    }
    foreign += behind;
    for (int i = 1; i < BETWEEN; i++) {
      Entry one = source.get(i);
      if (one == null) {
        return;
      }
      if (left.contains(one.fingerprint())) {
        throw missing(
            next, "but the later record at source offset " + one.offset() + " is in the target");
      }
    }
  }

  private PartitionFailedException missing(Entry wanted, String how) {
    return new PartitionFailedException(
        "%s: the record at source offset %d is not in the target at offset %d, where it should be, %s; the two logs don't match, so it can't be determined what was copied (if it was left out by skip, only the lost state has known that)"
            .formatted(
                route, wanted.offset(), target.peek() == null ? 0 : target.head().offset(), how));
  }

  /** A log with look-ahead. */
  private static final class Ahead {
    private static final int SPARE = 10_000;

    private final Log log;
    private final List<Entry> seen = new ArrayList<>();
    private int head;

    Ahead(Log log) {
      this.log = log;
    }

    /** The record at distance {@code ahead} from the next one; null if there is none. */
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

    /** The next record, which must exist. */
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
