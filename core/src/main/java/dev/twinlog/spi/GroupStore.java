package dev.twinlog.spi;

import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;

/**
 * The ability of a source or a sink to keep the positions of consumer groups, so that the link can
 * keep those of the target in step with those of the source. A link has it on both sides or does
 * without.
 *
 * <p><b>Threading.</b> Called by one thread at a time, which is not the link's control thread;
 * closed together with the source or the sink, while a call may be under way.
 *
 * <p><b>Errors.</b> What concerns one group or one partition is a {@link Failure} in the result,
 * and does not affect the others. A method throws a {@link RetriableException} if it can't say
 * anything.
 *
 * <p><b>Lifecycle.</b> That of the source or the sink.
 *
 * <p><b>Blocking.</b> May block; bounded in time.
 */
public interface GroupStore {

  /** The groups whose positions can be read. */
  Listing listGroups();

  /** The positions of these groups. A group that doesn't exist has none. */
  Map<String, GroupOffsets> groupOffsets(Collection<String> groups);

  /** Whether these groups exist, and who uses them. */
  Map<String, GroupDetails> describeGroups(Collection<String> groups);

  /**
   * Writes positions of groups without members; a group that doesn't exist is created. Other
   * positions of the group are left as they are.
   *
   * @return what each write led to: empty if it was written
   */
  Map<String, Map<TopicPartition, Optional<Failure>>> writeGroups(
      Map<String, Map<TopicPartition, GroupPosition>> positions);

  /**
   * Deletes groups without members.
   *
   * @return why a group is still there: empty if it was deleted, or did not exist
   */
  Map<String, Optional<Failure>> deleteGroups(Collection<String> groups);

  /**
   * The earliest offsets of those of these partitions that can be asked: a group whose position is
   * before that continues where its consumers choose, perhaps at the end. Default: none can be
   * asked.
   */
  default Map<TopicPartition, Long> earliestOffsets(Collection<TopicPartition> partitions) {
    return Map.of();
  }

  /**
   * The names of all topics that the link may see, copied or not. Default: none, and nothing is
   * said of topics that a group needs and the link does not copy.
   */
  default Set<String> topicNames() {
    return Set.of();
  }

  /** How long a position is kept that is not written again; empty if that is not known. */
  Optional<Duration> groupRetention();

  /**
   * A position of a group in a partition: everything before it was read. It has no leader epoch,
   * which means nothing in another cluster.
   *
   * @param offset not negative
   * @param metadata what the consumer stored with it; empty if nothing
   */
  record GroupPosition(long offset, String metadata) {
    public GroupPosition {
      Objects.requireNonNull(metadata, "metadata");
      if (offset < 0) {
        throw new IllegalArgumentException("a position must not be negative, but is " + offset);
      }
    }
  }

  /**
   * The groups that were found.
   *
   * @param groups the ids of those whose members commit offsets
   * @param shareGroups the ids of share groups, see {@link ShareGroupStore}
   * @param limitedBy why there may be others that were not found, in a sentence; empty if there are
   *     none
   */
  record Listing(Set<String> groups, Set<String> shareGroups, Optional<String> limitedBy) {
    public Listing {
      groups = Set.copyOf(groups);
      shareGroups = Set.copyOf(shareGroups);
      Objects.requireNonNull(limitedBy, "limitedBy");
    }
  }

  /**
   * The positions of one group.
   *
   * @param positions by partition; those without a position are left out
   * @param failure why they could not be read; then there are none
   */
  record GroupOffsets(Map<TopicPartition, GroupPosition> positions, Optional<Failure> failure) {
    public GroupOffsets {
      positions = Map.copyOf(positions);
      Objects.requireNonNull(failure, "failure");
    }

    /** Positions that were read. */
    public static GroupOffsets of(Map<TopicPartition, GroupPosition> positions) {
      return new GroupOffsets(positions, Optional.empty());
    }

    /** Positions that could not be read. */
    public static GroupOffsets failed(Failure failure) {
      return new GroupOffsets(Map.of(), Optional.of(failure));
    }
  }

  /**
   * Who uses a group.
   *
   * @param exists whether there is a group of this id
   * @param members the number of its members, or 1 where it is only known that it has some;
   *     consumers that assign their partitions themselves are none
   * @param failure why that could not be found out
   */
  record GroupDetails(boolean exists, int members, Optional<Failure> failure) {
    public GroupDetails {
      Objects.requireNonNull(failure, "failure");
    }
  }

  /** Why a group, or a position of it, could not be read or written. */
  enum Refusal {
    /** The group has members. */
    ACTIVE,

    /** The id belongs to a group of another type, one that shares its records for instance. */
    OTHER_TYPE,

    /** The partition doesn't exist. */
    NO_PARTITION,

    /** The store doesn't keep metadata of this length. */
    METADATA_TOO_LARGE,

    /** A permission is missing. */
    DENIED,

    /** Anything else, most likely for a time; a write may or may not have happened. */
    UNAVAILABLE
  }

  /**
   * A failure that concerns one group or one partition.
   *
   * @param refusal its kind
   * @param message what happened, in a sentence, with the permission that is missing
   */
  record Failure(Refusal refusal, String message) {
    public Failure {
      Objects.requireNonNull(refusal, "refusal");
      Objects.requireNonNull(message, "message");
    }
  }
}
