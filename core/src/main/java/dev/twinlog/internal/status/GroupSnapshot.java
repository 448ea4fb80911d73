package dev.twinlog.internal.status;

import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/**
 * The values of the status of a consumer group at one time, except its state. The accessors of
 * {@code GroupStatus} describe them.
 *
 * @param positions by source partition
 */
public record GroupSnapshot(String reason, Map<TopicPartition, Position> positions) {

  /**
   * A position of the group.
   *
   * @param source the offset in the source
   * @param targets the offsets in the target, by target partition
   * @param exact whether nothing is read twice from there
   * @param reason why it is not in the target, or not as it is in the source; else empty
   */
  public record Position(
      long source, Map<TopicPartition, Long> targets, boolean exact, String reason) {}
}
