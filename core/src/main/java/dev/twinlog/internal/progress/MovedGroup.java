package dev.twinlog.internal.progress;

import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.kafka.common.TopicPartition;

/**
 * What has become of a consumer group in a move. Immutable.
 *
 * @param state the name of its state
 * @param reason why it is not simply synced; may be empty
 */
public record MovedGroup(String state, String reason, List<Position> positions) {
  /** How much is read again isn't known. */
  public static final long UNKNOWN = -1;

  public MovedGroup {
    positions = List.copyOf(positions);
  }

  /** The same, with its positions in some source partitions only. */
  public MovedGroup only(Predicate<TopicPartition> some) {
    return new MovedGroup(
        state, reason, positions.stream().filter(one -> some.test(one.partition())).toList());
  }

  /**
   * A position of the group.
   *
   * @param partition the source partition
   * @param source its offset there
   * @param targets its offsets in the target
   * @param reReadAtMost how many records it reads twice at most, or {@link #UNKNOWN}
   * @param reason why it is not in the target, or not as in the source; may be empty
   */
  public record Position(
      TopicPartition partition,
      long source,
      Map<TopicPartition, Long> targets,
      long reReadAtMost,
      String reason) {
    public Position {
      targets = Map.copyOf(targets);
    }
  }
}
