package dev.twinlog;

import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.spi.AclEntry;
import dev.twinlog.spi.GapCause;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.Route;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;

/**
 * Receives the events of a link. Every method does nothing by default; methods may be added.
 *
 * <p>Called on its own thread, one event after the other in the order in which they happened,
 * outside every lock: a slow listener delays later events and nothing else, and may call the {@link
 * Replicator}, {@code close()} included. An exception is logged and counted, and does not affect
 * the link. A listener that falls more than 10,000 events behind loses the oldest, which is logged.
 */
public interface ReplicationListener {

  /** The link's state changed. */
  default void linkStateChanged(LinkState from, LinkState to, String reason) {}

  /**
   * The link was moved by a failover or a switchover; nothing is copied any more. Called by the
   * thread that moved it, after the last event of the link.
   */
  default void moved(MoveReport report) {}

  /** The throttle was changed by {@link Replicator#throttle}. */
  default void throttleChanged(Throttle from, Throttle to) {}

  /**
   * {@link Replicator#topics} has selected other topics, until the next start of the link: then the
   * selection is again that with which its source is built.
   */
  default void topicsSelected(TopicSelector topics) {}

  /** Consumer groups are kept in step in another way, by {@link Replicator#groupSync}. */
  default void groupSyncChanged(GroupSync from, GroupSync to) {}

  /** A partition joined the link. */
  default void partitionAdded(TopicPartition source) {}

  /**
   * A partition left the link: its topic was missing at the source for longer than a discovery
   * interval, or is not selected any more ({@link Replicator#topics}). Everything that was read of
   * it is in the target, and its progress is kept: if the topic appears again, or is selected
   * again, the partition joins the link again, and continues, or stops if the topic was recreated.
   */
  default void partitionRemoved(TopicPartition source, String reason) {}

  /** A partition's state changed. */
  default void partitionStateChanged(
      TopicPartition source, PartitionState from, PartitionState to, String reason) {}

  /**
   * Records that should have been copied no longer exist at the source; the partition stops.
   *
   * @param source the partition
   * @param from the offset to copy next
   * @param to where reading could continue: {@code to - from} offsets are lost after {@link
   *     GapCause#RETENTION}; below {@code from} after {@link GapCause#TRUNCATION}, where the target
   *     holds {@code from - to} offsets that the source no longer has
   * @param cause why
   */
  default void gap(TopicPartition source, long from, long to, GapCause cause) {}

  /**
   * The target lost records that it had acknowledged, as in an unclean leader election; they are
   * copied again from the source offsets in the offset map.
   *
   * @param source the partition
   * @param route where its records go
   * @param survivingEnd everything of the route before this target offset was still there
   * @param resumedAt the source offset from which on everything is copied again
   */
  default void targetRewound(
      TopicPartition source, Route route, long survivingEnd, long resumedAt) {}

  /**
   * Records that the target holds beyond the last progress can't be distinguished from new ones,
   * because the source is compacted or because that was accepted ({@link Replicator#acceptLoss}):
   * they are copied again, and may be in the target twice.
   *
   * @param source the partition
   * @param from the source offset from which on everything is copied again
   * @param records how many records the target held from there on
   */
  default void repeating(TopicPartition source, long from, long records) {}

  /**
   * {@link Replicator#acceptLoss} was called for a stopped partition, which now continues.
   *
   * @param source the partition
   * @param from the source offset up to which it was copied
   * @param to the source offset at which it continues: after {@code from} by the number of offsets
   *     that retention removed, before it where the source was truncated or the topic was
   *     recreated, equal if the target lost records
   * @param cause why it had stopped; its message has all numbers
   */
  default void lossAccepted(
      TopicPartition source, long from, long to, ReplicationException cause) {}

  /**
   * The record at this offset of the source is not copied: {@link Replicator#skip} was called, and
   * the partition continues behind it when it is resumed; or it is in the dead-letter topic ({@link
   * #deadLetter}), and the partition continues.
   */
  default void recordSkipped(TopicPartition source, long offset) {}

  /**
   * The source has lost a record that {@link Replicator#skip} had left out, as after an unclean
   * election, and has another one at its offset, which is copied. This also happens to a record
   * whose leader was elected shortly before it was skipped, if it had not been read: skip it again.
   */
  default void skippedRecordReplaced(TopicPartition source, long offset) {}

  /**
   * A record that is refused was written to the dead-letter topic of the link ({@link
   * DeadLetters}). {@link #recordSkipped} follows, unless the partition was paused meanwhile: then
   * the record is refused and written again when it is resumed.
   *
   * @param source the partition
   * @param offset the record's offset there
   * @param topic the dead-letter topic
   * @param cause why it was refused
   */
  default void deadLetter(
      TopicPartition source, long offset, String topic, ReplicationException cause) {}

  /**
   * A failure will be retried after {@code delay}; zero where the source or the sink keeps retrying
   * by itself, like a reader that gets no response from the partition's leader.
   */
  default void retrying(TopicPartition source, ReplicationException cause, Duration delay) {}

  /**
   * An open transaction at the source has held back the records after it for 15 minutes: {@code
   * read_committed} readers don't see them until that transaction ends, and they are not copied.
   * Reported once each time.
   *
   * @param source the partition
   * @param offsets how many are held back
   * @param since when the last stable offset stopped moving
   * @param producerIds whose transactions are open, for {@code kafka-transactions.sh}; empty if
   *     they could not be looked up
   */
  default void heldBack(
      TopicPartition source, long offsets, Instant since, Optional<List<Long>> producerIds) {}

  /** A partition stopped because of an error. */
  default void partitionStopped(TopicPartition source, ReplicationException cause) {}

  /**
   * A new note about a topic: a config that was not copied, or that a topic which was selected by
   * name does not exist at the source.
   */
  default void noted(String targetTopic, String note) {}

  /**
   * The link has changed configs of a target topic, so that they are those of its source topic; see
   * {@link ConfigSync}.
   *
   * @param targetTopic the topic
   * @param changes by config: the value that was set, or empty if it was removed from the topic
   */
  default void configsChanged(String targetTopic, Map<String, Optional<String>> changes) {}

  /**
   * The link has changed ACLs of the target, so that they are those of the source; see {@link
   * AclSync}.
   *
   * @param created what it has created
   * @param deleted what it had created before, and has deleted
   */
  default void aclsChanged(List<AclEntry> created, List<AclEntry> deleted) {}

  /**
   * The link has deleted a target topic, since its source topic was deleted; see {@link
   * DeletedTopic#DELETE}.
   */
  default void topicDeleted(String sourceTopic, String targetTopic) {}

  /**
   * The positions of a consumer group in the target follow the source from now on: for the first
   * time, or again.
   */
  default void groupSynced(String group) {}

  /**
   * The positions of a consumer group in the target don't follow the source, or not all of them.
   *
   * @param group the group's id
   * @param state what holds it
   * @param reason why, in words
   */
  default void groupHeld(String group, GroupState state, String reason) {}

  /**
   * Progress has not been saved since a time. Copying continues where nothing else prevents it; the
   * progress that the next owner loads is as old as that, and it reads in the target what was
   * copied since.
   */
  default void progressUnsaved(Instant since, ReplicationException cause) {}

  /**
   * The continuous verification has found a partition whose copy differs from its source. Reported
   * once, until later passes have found it exact; see {@link VerifyStatus#partitions()}.
   */
  default void differenceFound(PartitionVerdict verdict) {}

  /** Progress is saved again. */
  default void progressSaved() {}
}
