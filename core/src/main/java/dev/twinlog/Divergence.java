package dev.twinlog;

import dev.twinlog.spi.ReplicationRecord;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/**
 * What the source of a moved link has that never was copied: records that were written there after
 * the copy had ended. They are not in the target. Users don't implement it; methods may be added.
 *
 * <p>Immutable and thread-safe; as of when it was determined. {@code toString()} is a table for
 * people, of at most 60 lines.
 */
public interface Divergence {

  /** The link that was moved. */
  String link();

  /** Of every source partition, by name; those without such records included. */
  Map<TopicPartition, DivergedRange> partitions();

  /** How many such records there are in all partitions. */
  long records();

  /**
   * Reads these records from the source, in the order of their offsets, with connections of its
   * own: for those who decide what becomes of them. Transaction markers and aborted records are
   * left out. It ends at the end of {@link DivergedRange#offsets}; what was deleted by retention
   * since is left out.
   *
   * @param source a source partition
   * @return to be closed; its methods throw a {@link dev.twinlog.spi.ReplicationException} if the
   *     partition can't be read
   * @throws IllegalArgumentException if it is not in {@link #partitions}
   */
  CloseableIterator<ReplicationRecord> records(TopicPartition source);

  /**
   * What each consumer group of the source has not read of it, by group and source partition: when
   * the group is moved back it stands behind these records, and never reads them.
   */
  Map<String, Map<TopicPartition, OffsetRange>> unreadByGroup();
}
