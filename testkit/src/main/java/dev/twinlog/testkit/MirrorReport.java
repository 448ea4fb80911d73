package dev.twinlog.testkit;

import dev.twinlog.testkit.internal.mirror.MirrorDiff.Kind;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The result of {@link MirrorComparison#report()}: how many records were copied, altered, lost,
 * duplicated or reordered. Immutable.
 *
 * <p>Each source record is copied, altered or lost; each target record is a copy, altered, a
 * duplicate or unexpected. Records out of order also count as copied.
 */
public final class MirrorReport {
  private final long sourceRecords;
  private final long targetRecords;
  private final long copied;
  private final Map<Kind, Long> counts;
  private final List<String> examples;

  MirrorReport(
      long sourceRecords,
      long targetRecords,
      long copied,
      Map<Kind, Long> counts,
      List<String> examples) {
    this.sourceRecords = sourceRecords;
    this.targetRecords = targetRecords;
    this.copied = copied;
    this.counts = new EnumMap<>(Kind.class);
    this.counts.putAll(counts);
    this.examples = List.copyOf(examples);
  }

  /** How many records the source has. */
  public long sourceRecords() {
    return sourceRecords;
  }

  /** How many records the target has. */
  public long targetRecords() {
    return targetRecords;
  }

  /** How many source records the target has with the same contents, in whatever order. */
  public long copied() {
    return copied;
  }

  /** How many source records the target lacks. */
  public long lost() {
    return count(Kind.LOST);
  }

  /** How many target records are there once more than in the source. */
  public long duplicated() {
    return count(Kind.DUPLICATED);
  }

  /**
   * How many copied records would have to be moved to have the source's order in their partition.
   */
  public long outOfOrder() {
    return count(Kind.OUT_OF_ORDER);
  }

  /** How many target records stand where a source record should be but differ from it. */
  public long altered() {
    return count(Kind.ALTERED);
  }

  /** How many target records the source never had. */
  public long unexpected() {
    return count(Kind.UNEXPECTED);
  }

  /** Whether the target has just the source's records, in their order. */
  public boolean isExact() {
    return counts.values().stream().allMatch(count -> count == 0);
  }

  /** The first few of each kind of difference, in words; empty if the copy is exact. */
  public List<String> examples() {
    return examples;
  }

  /** One line with all numbers. */
  @Override
  public String toString() {
    return "copied "
        + copied
        + " of "
        + sourceRecords
        + ", lost "
        + lost()
        + ", duplicated "
        + duplicated()
        + ", out of order "
        + outOfOrder()
        + ", altered "
        + altered()
        + ", unexpected "
        + unexpected();
  }

  private long count(Kind kind) {
    return counts.getOrDefault(kind, 0L);
  }
}
