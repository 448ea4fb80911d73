package dev.twinlog.internal.verify;

import dev.twinlog.spi.OffsetRun;
import dev.twinlog.spi.RecordFingerprint;
import dev.twinlog.spi.ReplicationRecord;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Finds where the copy of one partition has ended in its source: matches the records that the
 * target has beyond the saved progress with those of the source, in order. Timestamps are not
 * compared, since a target may have its own.
 *
 * <p>Where compaction, or retention at the source, may have removed records of either side, records
 * without a counterpart are passed over; else they are a problem.
 *
 * <p>Confined to one thread; first all records of the target, then those of the source.
 */
final class TailMatch {
  private final long cut;
  private final boolean gapsAllowed;
  private final List<Held> held = new ArrayList<>();
  private final List<OffsetRun> runs = new ArrayList<>();
  private @Nullable Map<Long, Deque<Integer>> places;
  private int matched;
  private long matches;
  private long seam;
  private long diverged;
  private @Nullable String problem;

  private record Held(long offset, long fingerprint) {}

  /**
   * Nothing is held yet.
   *
   * @param cut everything before this source offset is in the target, whatever else is
   * @param gapsAllowed whether either side may lack records that the other one has
   */
  TailMatch(long cut, boolean gapsAllowed) {
    this.cut = cut;
    this.seam = cut;
    this.gapsAllowed = gapsAllowed;
  }

  /** The target has this record of the link. */
  void held(ReplicationRecord record) {
    held.add(new Held(record.offset(), RecordFingerprint.of(record, false)));
  }

  /** Whether the source's records need not be looked at, only counted. */
  boolean isComplete() {
    return matched == held.size();
  }

  /** The source has this record. */
  void source(ReplicationRecord record) {
    if (!isComplete() && problem == null) {
      int place = place(RecordFingerprint.of(record, false));
      if (place >= 0) {
        match(record, place);
        return;
      }
      if (!gapsAllowed) {
        problem =
            "source offset %d has another record than target offset %d, which should be its copy"
                .formatted(record.offset(), held.get(matched).offset());
      }
    }
    if (record.offset() >= cut) {
      diverged++;
    }
  }

  /** The source has this record, which the link has left out. */
  void leftOut(ReplicationRecord record) {
    if (record.offset() >= cut) {
      diverged++;
    }
  }

  /** The source has so many more records behind all that are held. */
  void behind(long records) {
    diverged += records;
  }

  private void match(ReplicationRecord record, int place) {
    append(record.offset(), held.get(place).offset());
    matched = place + 1;
    matches++;
    seam = Math.max(cut, record.offset() + 1);
    diverged = 0;
  }

  private void append(long source, long target) {
    int last = runs.size() - 1;
    if (last >= 0) {
      OffsetRun run = runs.get(last);
      if (run.sourceNext() == source && run.targetNext() == target) {
        runs.set(last, new OffsetRun(run.sourceFirst(), run.targetFirst(), run.count() + 1));
        return;
      }
    }
    runs.add(new OffsetRun(source, target, 1));
  }

  /** Where the record is held, at the next place or, where there may be gaps, behind it; or -1. */
  private int place(long fingerprint) {
    if (held.get(matched).fingerprint() == fingerprint) {
      return matched;
    }
    if (!gapsAllowed) {
      return -1;
    }
    Map<Long, Deque<Integer>> known = places;
    if (known == null) {
      known = new HashMap<>();
      for (int i = matched; i < held.size(); i++) {
        known.computeIfAbsent(held.get(i).fingerprint(), any -> new ArrayDeque<>(1)).add(i);
      }
      places = known;
    }
    Deque<Integer> found = known.getOrDefault(fingerprint, new ArrayDeque<>(0));
    while (!found.isEmpty() && found.element() < matched) {
      found.remove();
    }
    return found.isEmpty() ? -1 : found.element();
  }

  /** Everything before this source offset is in the target. */
  long seam() {
    return seam;
  }

  /** How many records from the seam on the source has. */
  long diverged() {
    return diverged;
  }

  /** How many records were matched. */
  long matches() {
    return matches;
  }

  /** The offsets of matched records. */
  List<OffsetRun> runs() {
    return List.copyOf(runs);
  }

  /** What is wrong; empty if nothing is. */
  Optional<String> problem() {
    if (problem != null || isComplete() || gapsAllowed) {
      return Optional.ofNullable(problem);
    }
    return Optional.of(
        "the source has no copy of target offset %d, and of %d records from there on: it has lost records"
            .formatted(held.get(matched).offset(), held.size() - matched));
  }
}
