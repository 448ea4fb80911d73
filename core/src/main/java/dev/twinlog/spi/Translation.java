package dev.twinlog.spi;

import org.apache.kafka.common.TopicPartition;

/**
 * Where an offset of one cluster is in the other one. Closed: may grow by a kind only with a new
 * major version.
 *
 * <p>What is translated is a position: {@code offset} stands for "everything before it was read".
 * The right answer is the position of the first copied record at or after it; behind the last
 * copied record it is the end of what was copied.
 */
public sealed interface Translation {

  /**
   * The right answer.
   *
   * @param partition the partition on the other side
   * @param offset the offset there
   */
  record Exact(TopicPartition partition, long offset) implements Translation {}

  /**
   * The right answer is here or later: a consumer that continues here misses nothing, and may read
   * records once more.
   *
   * @param partition the partition on the other side
   * @param offset the offset there
   */
  record AtLeast(TopicPartition partition, long offset) implements Translation {}

  /**
   * Not copied yet; ask later.
   *
   * @param copiedUpTo the first offset, on the side that was asked about, that is not copied yet
   */
  record Pending(long copiedUpTo) implements Translation {}

  /**
   * Not known.
   *
   * @param reason why, in a sentence
   */
  record Unavailable(String reason) implements Translation {}
}
