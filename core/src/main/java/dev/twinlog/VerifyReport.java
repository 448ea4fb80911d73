package dev.twinlog;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.apache.kafka.common.TopicPartition;

/** The result of a verification. Immutable. */
public final class VerifyReport {
  private static final int MOST_LINES = 60;
  private static final int EXAMPLES_SHOWN = 3;
  private static final Comparator<PartitionVerdict> BY_NAME =
      Comparator.comparing((PartitionVerdict one) -> one.source().topic())
          .thenComparingInt(one -> one.source().partition());

  private final String link;
  private final Instant begunAt;
  private final Duration took;
  private final Map<TopicPartition, PartitionVerdict> partitions;
  private final Verdict verdict;

  private VerifyReport(
      String link, Instant begunAt, Duration took, Collection<PartitionVerdict> verdicts) {
    this.link = link;
    this.begunAt = begunAt;
    this.took = took;
    Map<TopicPartition, PartitionVerdict> byName = new LinkedHashMap<>();
    verdicts.stream().sorted(BY_NAME).forEach(one -> byName.put(one.source(), one));
    this.partitions = Collections.unmodifiableMap(byName);
    if (count(Verdict.DIFFERENT) > 0) {
      this.verdict = Verdict.DIFFERENT;
    } else {
      boolean all = !byName.isEmpty() && count(Verdict.EXACT) == byName.size();
      this.verdict = all ? Verdict.EXACT : Verdict.INCONCLUSIVE;
    }
  }

  /**
   * Creates a report; for what verifies, and for tests.
   *
   * @param link the link's name
   * @param begunAt when the verification began
   * @param took how long it took
   * @param verdicts one for each source partition
   */
  public static VerifyReport of(
      String link, Instant begunAt, Duration took, Collection<PartitionVerdict> verdicts) {
    return new VerifyReport(
        Objects.requireNonNull(link, "link"),
        Objects.requireNonNull(begunAt, "begunAt"),
        Objects.requireNonNull(took, "took"),
        verdicts);
  }

  /** The link's name. */
  public String link() {
    return link;
  }

  /** When the verification began. */
  public Instant begunAt() {
    return begunAt;
  }

  /** How long it took. */
  public Duration took() {
    return took;
  }

  /**
   * {@link Verdict#DIFFERENT} if that is the verdict on a partition, {@link Verdict#EXACT} if that
   * is the verdict on all of them, else {@link Verdict#INCONCLUSIVE}.
   */
  public Verdict verdict() {
    return verdict;
  }

  /** The verdicts by source partition, in the order of topics and partitions. */
  public Map<TopicPartition, PartitionVerdict> partitions() {
    return partitions;
  }

  /** How many source records were compared. */
  public long records() {
    return partitions.values().stream().mapToLong(PartitionVerdict::records).sum();
  }

  /** Their size in bytes, as stored by the source. */
  public long bytes() {
    return partitions.values().stream().mapToLong(PartitionVerdict::bytes).sum();
  }

  /** How many records differ. */
  public long differences() {
    return partitions.values().stream().mapToLong(PartitionVerdict::differences).sum();
  }

  private long count(Verdict of) {
    return partitions.values().stream().filter(one -> one.verdict() == of).count();
  }

  /**
   * A table for people, of at most 60 lines: first what is different, then what is inconclusive,
   * then what is exact. What is left out is counted.
   */
  @Override
  public String toString() {
    List<String> lines = new ArrayList<>();
    lines.add(
        "verification of link %s: %s; %d partitions exact, %d different, %d inconclusive; %d records, %d bytes, %d s"
            .formatted(
                link,
                verdict,
                count(Verdict.EXACT),
                count(Verdict.DIFFERENT),
                count(Verdict.INCONCLUSIVE),
                records(),
                bytes(),
                took.toSeconds()));
    List<PartitionVerdict> left = new ArrayList<>();
    for (Verdict shown : List.of(Verdict.DIFFERENT, Verdict.INCONCLUSIVE, Verdict.EXACT)) {
      for (PartitionVerdict one : partitions.values()) {
        if (one.verdict() == shown && !addTo(lines, one)) {
          left.add(one);
        }
      }
    }
    if (!left.isEmpty()) {
      lines.add("and %d more partitions: %s".formatted(left.size(), counted(left)));
    }
    return String.join("\n", lines);
  }

  /** Adds the lines of a partition if there is room; the last line is kept for what is not. */
  private static boolean addTo(List<String> lines, PartitionVerdict one) {
    List<VerifyDifference> examples =
        one.examples().subList(0, Math.min(EXAMPLES_SHOWN, one.examples().size()));
    if (lines.size() + 1 + examples.size() > MOST_LINES - 1) {
      return false;
    }
    lines.add("  " + one);
    examples.forEach(example -> lines.add("    " + example));
    return true;
  }

  private static String counted(List<PartitionVerdict> left) {
    List<String> parts = new ArrayList<>();
    Function<Verdict, Long> count =
        verdict -> left.stream().filter(one -> one.verdict() == verdict).count();
    for (Verdict verdict : Verdict.values()) {
      if (count.apply(verdict) > 0) {
        parts.add("%d %s".formatted(count.apply(verdict), verdict));
      }
    }
    return String.join(", ", parts);
  }
}
