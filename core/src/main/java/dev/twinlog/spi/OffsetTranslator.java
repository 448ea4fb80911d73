package dev.twinlog.spi;

import org.apache.kafka.common.TopicPartition;

/**
 * Translates offsets between the source and the target of a link. Keeps nothing itself: it reads
 * the {@link OffsetHistory}.
 *
 * <p><b>Threading.</b> Called on any thread, by several at a time.
 *
 * <p><b>Errors.</b> "No answer" is a {@link Translation}, not an exception. An exception is thrown
 * to the caller of the translation only.
 *
 * <p><b>Lifecycle.</b> None; equal input gives equal answers as long as the history does.
 *
 * <p><b>Blocking.</b> Must not block.
 */
public interface OffsetTranslator {

  /**
   * Where a source position is in the target. Where the partition is written to several target
   * partitions there is no single answer: {@link Translation.Unavailable}.
   *
   * @param offset not negative
   */
  Translation toTarget(TopicPartition source, long offset, OffsetHistory history);

  /**
   * Where a target position is in the source. Where several source partitions are written to the
   * partition there is no single answer: {@link Translation.Unavailable}.
   *
   * @param offset not negative
   */
  Translation toSource(TopicPartition target, long offset, OffsetHistory history);

  /** Translates by the offset map. The default. */
  static OffsetTranslator exact() {
    return BuiltInTranslators.EXACT;
  }

  /**
   * The same number on the other side, as far as it is copied: for targets that are known to have
   * their source's offsets, because they were created so. Never use it for targets that only a link
   * writes to; transaction markers and compaction make their offsets differ.
   */
  static OffsetTranslator identity() {
    return BuiltInTranslators.IDENTITY;
  }
}
