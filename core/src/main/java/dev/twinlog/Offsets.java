package dev.twinlog;

import dev.twinlog.spi.Translation;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/**
 * Translates offsets between the source and the target of a link. Offsets are positions, as
 * consumer groups commit them: everything before the offset was read.
 *
 * <p>Thread-safe; no I/O. An offset must not be negative, or each method throws {@link
 * IllegalArgumentException}. Users don't implement this interface; methods may be added.
 */
public interface Offsets {

  /**
   * Where a source position is in the target. {@link Translation.Unavailable} if the partition is
   * written to several target partitions: then use {@link #toTargets}.
   */
  Translation toTarget(TopicPartition source, long offset);

  /**
   * Where a target position is in the source. {@link Translation.Unavailable} if several source
   * partitions are written to the partition: then use {@link #toSources}.
   */
  Translation toSource(TopicPartition target, long offset);

  /**
   * Where a source position is in every target partition that the source partition is written to;
   * empty if there is none. A reader of the target that begins at all of these reads exactly what a
   * reader of the source reads from {@code offset} on, if nothing else is written to these
   * partitions.
   */
  Map<TopicPartition, Translation> toTargets(TopicPartition source, long offset);

  /**
   * Where a target position is in every source partition that feeds the target partition; empty if
   * there is none.
   */
  Map<TopicPartition, Translation> toSources(TopicPartition target, long offset);
}
