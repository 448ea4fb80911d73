package dev.twinlog.internal.progress;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * What a link knows of its own writes to one consumer group: from it the link tells its positions
 * in the target from those of others. Immutable.
 *
 * @param seen the group's positions in the source as of the last write, by source partition
 * @param commits what was written, by target partition
 * @param isShared whether it is a share group, as far as is known
 */
public record GroupLedger(
    Map<TopicPartition, Long> seen, Map<TopicPartition, Commit> commits, boolean isShared) {
  /** Nothing was written of the group. */
  public static final GroupLedger NONE = new GroupLedger(Map.of(), Map.of());

  public GroupLedger {
    seen = Map.copyOf(seen);
    commits = Map.copyOf(commits);
  }

  /** The ledger of a group that is not known to be a share group. */
  public GroupLedger(Map<TopicPartition, Long> seen, Map<TopicPartition, Commit> commits) {
    this(seen, commits, false);
  }

  /** What was written to a partition; null if nothing is known of it. */
  public @Nullable Commit commit(TopicPartition target) {
    return commits.get(target);
  }

  /** With these source positions, and these commits in the place of those that were known. */
  public GroupLedger with(
      Map<TopicPartition, Long> nowSeen, Map<TopicPartition, Commit> changedCommits) {
    Map<TopicPartition, Commit> all = new HashMap<>(commits);
    all.putAll(changedCommits);
    return new GroupLedger(nowSeen, all, isShared);
  }

  /** The same for a group of this type. */
  public GroupLedger shared(boolean shared) {
    return shared == isShared ? this : new GroupLedger(seen, commits, shared);
  }

  /** Whether a write has been begun whose outcome is not recorded. */
  public boolean isUnsettled() {
    return commits.values().stream().anyMatch(commit -> commit.alternative() != Commit.NONE);
  }

  /** Whether everything in it was written by the link. */
  public boolean isOurs() {
    return commits.values().stream().noneMatch(Commit::isForeign);
  }

  /**
   * What the link knows of a group's position in a target partition.
   *
   * @param offset what it wrote, or is about to write; {@link #NONE} if the position is not the
   *     link's
   * @param alternative what the target may have instead, while the outcome of a write is not known;
   *     else {@link #NONE}
   * @param metadata the hash of the metadata that belongs to {@code offset}
   */
  public record Commit(long offset, long alternative, int metadata) {
    /** No offset. */
    public static final long NONE = -1;

    /** A position that others have written, and that the link has seen and kept. */
    public static final Commit FOREIGN = new Commit(NONE, NONE, 0);

    /** A position that the target has. */
    public static Commit written(long offset, String metadata) {
      return new Commit(offset, NONE, metadata.hashCode());
    }

    /**
     * A write that is about to begin.
     *
     * @param before what the target has; null if it has nothing
     */
    public static Commit intent(@Nullable Long before, long offset, String metadata) {
      long alternative = before == null || before == offset ? NONE : before;
      return new Commit(offset, alternative, metadata.hashCode());
    }

    /** Whether the position is not the link's. */
    public boolean isForeign() {
      return offset == NONE;
    }

    /** Whether the link has written this offset, as far as it knows. */
    public boolean isOurs(long found) {
      return !isForeign() && (found == offset || found == alternative);
    }

    /** The same without an alternative. */
    public Commit settled() {
      return alternative == NONE ? this : new Commit(offset, NONE, metadata);
    }

    /** Whether this position has been written, and no other may be there. */
    public boolean is(long wanted, String wantedMetadata) {
      return wanted == offset && alternative == NONE && metadata == wantedMetadata.hashCode();
    }
  }
}
