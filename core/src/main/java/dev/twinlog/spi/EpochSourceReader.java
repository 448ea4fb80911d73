package dev.twinlog.spi;

import java.util.Map;
import java.util.OptionalInt;
import org.apache.kafka.common.TopicPartition;

/**
 * A reader of a source whose log bears leader epochs, as Kafka's does. The engine keeps the epoch
 * with the progress, so that a log that was truncated while nobody read it is noticed although it
 * has grown past the position again (KIP-320).
 *
 * <p>Threading, errors, lifecycle and blocking as {@link SourceReader}.
 */
public interface EpochSourceReader extends SourceReader {

  /**
   * As {@link SourceReader#assign}, with what is known of the log before the positions. Where the
   * source's log has another epoch there, the partition is told as a {@link GapCause#TRUNCATION}
   * gap, and nothing of it is delivered.
   *
   * @param positions where to read on, per partition
   */
  void assignAt(Map<TopicPartition, SourcePosition> positions);

  /**
   * The leader epoch of what lies directly before an offset, a record or a transaction marker;
   * empty if the reader doesn't know it exactly. Asked while it delivers, or right after it. Where
   * it has told that reading could go on behind a {@link GapCause#TRUNCATION}, it may be a later
   * one that the source's log has had by then.
   *
   * @param partition an assigned partition
   * @param offset where the engine has come to
   */
  OptionalInt leaderEpoch(TopicPartition partition, long offset);
}
