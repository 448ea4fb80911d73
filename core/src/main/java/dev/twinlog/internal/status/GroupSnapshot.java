package dev.twinlog.internal.status;

import java.util.Map;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;

/**
 * The values of the status of a consumer group at one time, except its state. The accessors of
 * {@code GroupStatus} describe them.
 *
 * @param shown makes the positions, by source partition, each time they are asked: few of many
 *     groups are looked at; always the same ones, and on any thread
 */
public record GroupSnapshot(String reason, Supplier<Map<TopicPartition, Position>> shown) {

  /** The positions, by source partition. */
  public Map<TopicPartition, Position> positions() {
    return shown.get();
  }

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
