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

    /** The group's offset in the source, as it was last read. */
    long source();

    /** Its offsets in the target, by target partition; empty if it has none there. */
    Map<TopicPartition, Long> targets();

    /** The most records that it reads twice there; empty if that isn't known. */
    OptionalLong reReadAtMost();

    /** Why the position is not in the target, or not as in the source; empty if it is. */
    String reason();
  }
}
