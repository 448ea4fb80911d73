package dev.twinlog;

import dev.twinlog.spi.GapCause;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.Route;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;

/**
 * Hears what happens to a link. Every method does nothing by default; methods may be added.
 *
 * <p>Called on a thread of its own, one event after the other in the order in which they happened,
 * outside every lock: a slow listener delays later events and nothing else, and may call the {@link
 * Replicator}, {@code close()} included. An exception is logged and counted, never felt by the
 * link. A listener that falls more than 10,000 events behind loses the oldest, which is logged.
 */
public interface ReplicationListener {

  /** The link's state changed. */
  default void linkStateChanged(LinkState from, LinkState to, String reason) {}

  /** A partition joined the link. */
  default void partitionAdded(TopicPartition source) {}

  /**
   * A partition left the link: its topic was missing at the source for longer than a discovery
   * interval. What was read of it is in the target, and its progress is kept: if the topic is seen
   * again the partition joins the link again, and goes on, or stops if it is another topic by now.
   */
  default void partitionRemoved(TopicPartition source, String reason) {}

  /** A partition's state changed. */
  default void partitionStateChanged(
      TopicPartition source, PartitionState from, PartitionState to, String reason) {}

  /**
   * Records that should have been copied are gone at the source; the partition stops.
   *
   * @param source the partition
   * @param from the offset to copy next
   * @param to where reading could go on: {@code to - from} offsets are lost after {@link
   *     GapCause#RETENTION}; below {@code from} after {@link GapCause#TRUNCATION}, where the target
   *     holds {@code from - to} offsets that the source no longer has
   * @param cause why
   */
  default void gap(TopicPartition source, long from, long to, GapCause cause) {}

  /**
   * The target lost records that it had acknowledged, as an unclean leader election does; the
   * offset map tells where they came from, and they are copied again.
   *
   * @param source the partition
   * @param route where its records go
   * @param survivingEnd everything of the route before this target offset was still there
   * @param resumedAt the source offset from which on everything is copied again
   */
  default void targetRewound(
      TopicPartition source, Route route, long survivingEnd, long resumedAt) {}

  /**
   * Records that the target holds beyond the last progress can't be told from new ones, because the
   * source is compacted or because that was accepted ({@link Replicator#acceptLoss}): they are
   * copied again, and may be in the target twice.
   *
   * @param source the partition
   * @param from the source offset from which on everything is copied again
   * @param records how many records the target held from there on
   */
  default void repeating(TopicPartition source, long from, long records) {}

  /**
   * {@link Replicator#acceptLoss} was called for a partition that had stopped, which goes on now.
   *
   * @param source the partition
   * @param from the source offset up to which it was copied
   * @param to the source offset at which it goes on: behind {@code from} by what retention took,
   *     before it where the source lost its tail or the topic was created again, the same if it is
   *     the target that lost records
   * @param cause why it had stopped, with all numbers in its message
   */
  default void lossAccepted(
      TopicPartition source, long from, long to, ReplicationException cause) {}

  /**
   * A fault was met and will be tried again after {@code delay}; zero where the part that met it
   * keeps trying by itself, as a reader does that can't hear the partition's leader.
   */
  default void retrying(TopicPartition source, ReplicationException cause, Duration delay) {}

  /**
   * An open transaction at the source has held back what lies behind it for 15 minutes: no reader
   * of committed data sees it until that transaction ends, and it is not copied. Told once each
   * time.
   *
   * @param source the partition
   * @param offsets how many are held back
   * @param since when the last stable offset stopped moving
   * @param producerIds whose transactions are open, for {@code kafka-transactions.sh}; empty if
   *     that could not be asked
   */
  default void heldBack(
      TopicPartition source, long offsets, Instant since, Optional<List<Long>> producerIds) {}

  /** A partition stopped because of an error. */
  default void partitionStopped(TopicPartition source, ReplicationException cause) {}

  /**
   * Something about a topic that is worth knowing: a config that was not copied, or that a topic
   * which was selected by name does not exist at the source.
   */
  default void noted(String targetTopic, String note) {}

  /**
   * Progress can't be saved since a time. Copying goes on where nothing else is in the way; what
   * the next owner finds is as old as that, and it finds out from the target what was copied since.
   */
  default void progressUnsaved(Instant since, ReplicationException cause) {}

  /** Progress is saved again. */
  default void progressSaved() {}
}
