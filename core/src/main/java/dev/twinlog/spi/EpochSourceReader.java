package dev.twinlog.spi;

import java.util.Map;
import java.util.OptionalInt;
import org.apache.kafka.common.TopicPartition;

/**
 * A reader of a source whose log has leader epochs, like Kafka's. The engine keeps the epoch with
 * the progress, so that a log that was truncated while no reader was connected is detected even if
 * it has grown past the position since (KIP-320).
 *
 * <p>Threading, errors, lifecycle and blocking as {@link SourceReader}.
 */
public interface EpochSourceReader extends SourceReader {

  /**
   * As {@link SourceReader#assign}, with the leader epochs before the positions. Where the source's
   * log has another epoch there, the reader reports a {@link GapCause#TRUNCATION} gap of the
   * partition and delivers nothing of it.
   *
   * @param positions the position to read from, per partition
   */
  void assignAt(Map<TopicPartition, SourcePosition> positions);

  /**
   * The leader epoch of the record or transaction marker directly before an offset; empty if the
   * reader doesn't know it exactly. Called while the reader delivers or directly afterwards. At the
   * offset at which reading could continue after a {@link GapCause#TRUNCATION}, it may be a later
   * epoch that the source's log has had by then.
   *
   * @param partition an assigned partition
   * @param offset the engine's position
   */
  OptionalInt leaderEpoch(TopicPartition partition, long offset);
}
