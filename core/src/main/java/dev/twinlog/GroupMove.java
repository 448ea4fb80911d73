package dev.twinlog;

import java.util.Map;
import java.util.OptionalLong;
import org.apache.kafka.common.TopicPartition;

/**
 * What has become of a consumer group in a move. Users don't implement it; methods may be added.
 * Immutable.
 */
public interface GroupMove {

  /** The group's state in the target. */
  GroupState state();

  /** Why it is not simply synced, in words; empty if it is. */
  String reason();

  /** Where it continues, by source partition, in the order of topic and number. */
  Map<TopicPartition, Position> positions();

  /** A position of a group. Users don't implement it; methods may be added. Immutable. */
  interface Position {

    /**
     * The group's offset in the source, as the link knew it last. In another process that is what
     * was saved when the group was last written.
     */
    long source();

    /** Its offsets in the target, by target partition; empty if it has none there. */
    Map<TopicPartition, Long> targets();

    /**
     * The most records that it reads twice there, from {@link #source} on; what it read in the
     * source after that comes on top. Empty if it isn't known.
     */
    OptionalLong reReadAtMost();

    /** Why the position is not in the target, or not as in the source; empty if it is. */
    String reason();
  }
}
