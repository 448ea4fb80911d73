package dev.twinlog;

import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** The verdict on the copy of one source partition, and what was compared. Immutable. */
public final class PartitionVerdict {
  private final Verdict verdict;
  private final TopicPartition source;
  private final @Nullable TopicPartition target;
  private final List<String> reasons;
  private final List<String> notes;
  private final List<VerifyDifference> examples;
  private final long differences;
  private final long[] range;
  private final long records;
  private final long bytes;
  private final long foreignBatches;
  private final long foreignRecords;
  private final long skippedRecords;

  private PartitionVerdict(Builder builder) {
    this.source = builder.source;
    this.target = builder.target;
    this.reasons = List.copyOf(builder.reasons);
    this.notes = builder.allNotes();
    this.examples = List.copyOf(builder.examples);
    this.differences = builder.differences;
    this.range = builder.range.clone();
    this.records = builder.records;
    this.bytes = builder.bytes;
    this.foreignBatches = builder.foreignBatches;
    this.foreignRecords = builder.foreignRecords;
    this.skippedRecords = builder.skippedRecords;
    if (differences > 0) {
      this.verdict = Verdict.DIFFERENT;
    } else {
      this.verdict = reasons.isEmpty() ? Verdict.EXACT : Verdict.INCONCLUSIVE;
    }
  }

  /** Begins the verdict on a partition; for what verifies, and for tests. */
  public static Builder builder(TopicPartition source) {
    return new Builder(source);
  }

  /** The verdict. */
  public Verdict verdict() {
    return verdict;
  }

  /** The source partition. */
  public TopicPartition source() {
    return source;
  }

  /** The partition that its copies are in; empty if nothing was copied, or into several. */
  public Optional<TopicPartition> target() {
    return Optional.ofNullable(target);
  }

  /**
   * Why not everything could be compared, one sentence each; empty if it could. There may be
   * reasons beside differences.
   */
  public List<String> reasons() {
    return reasons;
  }

  /** What else is worth knowing, one sentence each: a range that retention has made shorter. */
  public List<String> notes() {
    return notes;
  }

  /** The first differences by offset, at most ten. */
  public List<VerifyDifference> examples() {
    return examples;
  }

  /** How many records differ. */
  public long differences() {
    return differences;
  }

  /** The first source offset that was compared; empty if nothing was. */
  public OptionalLong sourceFrom() {
    return at(0);
  }

  /** The source offset after the last one that was compared; empty if nothing was. */
  public OptionalLong sourceTo() {
    return at(1);
  }

  /** The first target offset that was compared; empty if nothing was. */
  public OptionalLong targetFrom() {
    return at(2);
  }

  /** The target offset after the last one that was compared; empty if nothing was. */
  public OptionalLong targetTo() {
    return at(3);
  }

  private OptionalLong at(int index) {
    return range.length == 0 ? OptionalLong.empty() : OptionalLong.of(range[index]);
  }

  /** How many records of the source were compared. */
  public long records() {
    return records;
  }

  /** Their size in bytes, as stored by the source. */
  public long bytes() {
    return bytes;
  }

  /**
   * How many batches of others are in the range of the target partition: of applications, and of
   * other links. On the record path each poll's share of them counts as one.
   */
  public long foreignBatches() {
    return foreignBatches;
  }

  /** The number of records in these batches. */
  public long foreignRecords() {
    return foreignRecords;
  }

  /**
   * How many records of the source are not in the target since they were left out, by {@link
   * Replicator#skip} or by a reversal; they are no differences. {@link #notes()} names the first.
   */
  public long skippedRecords() {
    return skippedRecords;
  }

  /** One line. */
  @Override
  public String toString() {
    StringBuilder line = new StringBuilder(120);
    line.append("%-12s %s".formatted(verdict, source));
    if (target != null && !target.equals(source)) {
      line.append(" -> ").append(target);
    }
    if (range.length > 0) {
      line.append(
          ": source [%d, %d), target [%d, %d)".formatted(range[0], range[1], range[2], range[3]));
      line.append(", %d records, %d bytes".formatted(records, bytes));
    }
    if (foreignBatches > 0) {
      line.append(", %d of others in %d batches".formatted(foreignRecords, foreignBatches));
    }
    if (differences > 0) {
      line.append(", ").append(differences).append(" differ");
    }
    reasons.forEach(reason -> line.append("; ").append(reason));
    notes.forEach(note -> line.append("; ").append(note));
    return line.toString();
  }

  /** Collects the verdict on a partition. Not thread-safe. */
  public static final class Builder {
    private static final int MOST_EXAMPLES = 10;

    private final TopicPartition source;
    private @Nullable TopicPartition target;
    private final List<String> reasons = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private final List<VerifyDifference> examples = new ArrayList<>();
    private long differences;
    private long[] range = {};
    private long records;
    private long bytes;
    private long foreignBatches;
    private long foreignRecords;
    private long skippedRecords;
    private final List<Long> firstSkipped = new ArrayList<>();

    private Builder(TopicPartition source) {
      this.source = Objects.requireNonNull(source, "source");
    }

    /** The partition that the copies are in. */
    public Builder target(TopicPartition target) {
      this.target = Objects.requireNonNull(target, "target");
      return this;
    }

    /** Adds a reason why not everything could be compared. */
    public Builder reason(String reason) {
      if (!reasons.contains(reason)) {
        reasons.add(reason);
      }
      return this;
    }

    /** Adds a reason, unless there is one that begins in the same way. */
    public Builder reasonOnce(String beginning, String rest) {
      if (reasons.stream().noneMatch(reason -> reason.startsWith(beginning))) {
        reasons.add(beginning + rest);
      }
      return this;
    }

    /** Adds a note. */
    public Builder note(String note) {
      if (!notes.contains(note)) {
        notes.add(note);
      }
      return this;
    }

    /** Adds a record that differs. */
    public Builder difference(VerifyDifference difference) {
      differences++;
      if (examples.size() < MOST_EXAMPLES) {
        examples.add(difference);
      }
      return this;
    }

    /** Removes all differences, since what they were compared with has changed. */
    public Builder withdrawDifferences() {
      differences = 0;
      examples.clear();
      return this;
    }

    /** The differences so far, as many as are kept as examples. */
    public List<VerifyDifference> examples() {
      return List.copyOf(examples);
    }

    /** The number of differences so far. */
    public long differences() {
      return differences;
    }

    /** The number of records so far. */
    public long records() {
      return records;
    }

    /** The bytes so far. */
    public long bytes() {
      return bytes;
    }

    /** Counts records of these offsets as compared; the range grows to contain them. */
    public Builder compared(
        long sourceFrom, long sourceTo, long targetFrom, long targetTo, long records, long bytes) {
      if (range.length == 0) {
        range = new long[] {sourceFrom, sourceTo, targetFrom, targetTo};
      } else {
        range[0] = Math.min(range[0], sourceFrom);
        range[1] = Math.max(range[1], sourceTo);
        range[2] = Math.min(range[2], targetFrom);
        range[3] = Math.max(range[3], targetTo);
      }
      this.records += records;
      this.bytes += bytes;
      return this;
    }

    /** Counts batches of others, with their records. */
    public Builder foreign(long batches, long records) {
      foreignBatches += batches;
      foreignRecords += records;
      return this;
    }

    /** Counts a record of the source that was left out of the copy. */
    public Builder skipped(long offset) {
      skippedRecords++;
      if (firstSkipped.size() < MOST_EXAMPLES) {
        firstSkipped.add(offset);
      }
      return this;
    }

    private List<String> allNotes() {
      List<String> all = new ArrayList<>(notes);
      if (skippedRecords > 0) {
        all.add(
            "%d records were left out of the copy on purpose, at source offsets %s%s"
                .formatted(
                    skippedRecords,
                    firstSkipped.stream().map(String::valueOf).collect(joining(", ")),
                    skippedRecords > firstSkipped.size() ? " and more" : ""));
      }
      return List.copyOf(all);
    }

    /** Makes the verdict: different, if there are differences, else exact without a reason. */
    public PartitionVerdict build() {
      return new PartitionVerdict(this);
    }
  }
}
