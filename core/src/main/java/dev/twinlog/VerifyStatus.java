package dev.twinlog;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** What the continuous verification of a link has found: a snapshot. Immutable. */
public final class VerifyStatus {
  private static final VerifyStatus NONE = new VerifyStatus(Map.of(), null, null);

  private final Map<TopicPartition, PartitionVerdict> partitions;
  private final @Nullable VerifyReport lastPass;
  private final @Nullable VerifyProgress pass;

  private VerifyStatus(
      Map<TopicPartition, PartitionVerdict> partitions,
      @Nullable VerifyReport lastPass,
      @Nullable VerifyProgress pass) {
    this.partitions = Collections.unmodifiableMap(new LinkedHashMap<>(partitions));
    this.lastPass = lastPass;
    this.pass = pass;
  }

  /** Nothing was verified yet. */
  public static VerifyStatus none() {
    return NONE;
  }

  /** With these verdicts in place of those before; for what verifies, and for tests. */
  public VerifyStatus partitions(Map<TopicPartition, PartitionVerdict> now) {
    return new VerifyStatus(now, lastPass, pass);
  }

  /** In the midst of a pass; for what verifies, and for tests. */
  public VerifyStatus pass(VerifyProgress now) {
    return new VerifyStatus(partitions, lastPass, now);
  }

  /** A pass has ended; for what verifies, and for tests. */
  public VerifyStatus lastPass(VerifyReport now) {
    return new VerifyStatus(partitions, now, null);
  }

  /**
   * The last verdict on each source partition, in the order of topics and partitions. One that is
   * {@link Verdict#DIFFERENT} stays until later passes that have compared all of the partition find
   * it {@link Verdict#EXACT}: one of them, or with {@code sample(0.1)} ten in a row.
   */
  public Map<TopicPartition, PartitionVerdict> partitions() {
    return partitions;
  }

  /** The partitions whose copy differs, of {@link #partitions()}. */
  public Map<TopicPartition, PartitionVerdict> different() {
    Map<TopicPartition, PartitionVerdict> some = new LinkedHashMap<>(partitions);
    some.values().removeIf(one -> one.verdict() != Verdict.DIFFERENT);
    return Collections.unmodifiableMap(some);
  }

  /**
   * The report of the last pass that was completed: its verdict, when it began and how long it
   * took, and what it has found. Empty before the first one has ended.
   */
  public Optional<VerifyReport> lastPass() {
    return Optional.ofNullable(lastPass);
  }

  /** How far the present pass is; empty before it has compared anything. */
  public Optional<VerifyProgress> pass() {
    return Optional.ofNullable(pass);
  }

  @Override
  public String toString() {
    Map<TopicPartition, PartitionVerdict> different = different();
    return "%d partitions verified, %d different%s%s"
        .formatted(
            partitions.size(),
            different.size(),
            different.isEmpty()
                ? ""
                : different.keySet().stream()
                    .limit(3)
                    .map(TopicPartition::toString)
                    .collect(Collectors.joining(", ", ": ", different.size() > 3 ? ", ..." : "")),
            lastPass == null
                ? ", no pass has ended yet"
                : ", last pass %s, begun at %s, %d s"
                    .formatted(
                        lastPass.verdict(), lastPass.begunAt(), lastPass.took().toSeconds()));
  }
}
