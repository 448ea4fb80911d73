package dev.twinlog.spi;

import java.time.Duration;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;

/**
 * Receives the measurements of a link. Every method does nothing by default.
 *
 * <p>Which states the link and its partitions are in is reported to a {@code
 * dev.twinlog.StateMetrics}, an extension of this interface.
 *
 * <p><b>Threading.</b> Called on the link's threads; must be thread-safe.
 *
 * <p><b>Errors.</b> An exception is logged and counted, and does not affect the link.
 *
 * <p><b>Lifecycle.</b> {@link #linkOpened} comes first, {@link #linkClosed} last; one object serves
 * one link.
 *
 * <p><b>Blocking.</b> Must not block. Called per batch, never per record.
 */
public interface LinkMetrics {

  /** The link starts. */
  default void linkOpened(String link) {}

  /** The link has closed; its gauges should be removed. */
  default void linkClosed(String link) {}

  /** The partition is no longer part of the link; its gauges should be removed. */
  default void partitionRemoved(TopicPartition source) {}

  /**
   * Records were acknowledged by the target.
   *
   * @param route where they went
   * @param records how many
   * @param bytes the size of keys, values and headers; compressed where they were copied compressed
   * @param latency from the newest record's timestamp to the acknowledgement
   */
  default void copied(Route route, long records, long bytes, Duration latency) {}

  /**
   * Batches were acknowledged by the target.
   *
   * @param route where they went
   * @param handling how they were handled
   * @param batches how many
   */
  default void handling(Route route, BatchHandling handling, long batches) {}

  /** Records were dropped by the transform. */
  default void filtered(TopicPartition source, long records) {}

  /**
   * The lag of the copy, while the source's end is known; called about once a second.
   *
   * @param source the source partition
   * @param records offsets to the end that a reader may see
   * @param time 0 when caught up, else the age of the last record written
   */
  default void lag(TopicPartition source, long records, Duration time) {}

  /**
   * The lag of the copy is unknown, since the source's end is; called about once a second, instead
   * of {@link #lag}.
   *
   * @param source the source partition
   * @param time the age of the last record written, or the time since the end was last known if
   *     none was written; never 0
   */
  default void lagUnknown(TopicPartition source, Duration time) {}

  /**
   * The offsets that an open transaction at the source holds back; called about once a second for a
   * partition that has any, and once when it has none any more.
   *
   * @param source the source partition
   * @param offsets from the last stable offset to the high watermark; 0 if nothing is held back
   * @param time how long the last stable offset has stood still
   */
  default void heldBack(TopicPartition source, long offsets, Duration time) {}

  /**
   * The link's throttle has held back at least one partition; called about once a second.
   *
   * @param time how long, since the last call
   */
  default void throttled(Duration time) {}

  /**
   * A broker of the source has told the link to wait, since a quota is exceeded. Called for each
   * response that says so, on the batch path only: the consumers of the record path have metrics of
   * their own.
   *
   * @param wait how long; brokers are waited for side by side
   */
  default void throttledBySource(Duration wait) {}

  /** As {@link #throttledBySource}, by a broker of the target. */
  default void throttledByTarget(Duration wait) {}

  /**
   * How long the link needs until it is caught up, as the sum of its lags has changed in the last
   * minute; called about once a second.
   *
   * @param left in whole seconds, zero if it is caught up; empty while a lag is not known, or their
   *     sum does not get less
   */
  default void timeToCatchUp(Optional<Duration> left) {}

  /**
   * The memory that the link's offset maps take; called about once a second.
   *
   * @param bytes the bytes of all maps together
   */
  default void offsetMaps(long bytes) {}

  /**
   * The guarantee of a partition has changed; also called when it is first opened.
   *
   * @param exact whether each record arrives once
   */
  default void guarantee(TopicPartition source, boolean exact) {}

  /** The target lost acknowledged records; they are copied again. */
  default void rewound(TopicPartition source) {}

  /** A failure was met that will be retried. */
  default void retried(TopicPartition source) {}

  /** A partition stopped because of an error. */
  default void failed(TopicPartition source) {}

  /**
   * The source had removed offsets before they were copied, and they were left out: the loss was
   * accepted by the user, or by the link's settings. Or the user has left a record out.
   *
   * @param offsets how many
   */
  default void skipped(TopicPartition source, long offsets) {}

  /** A record that was refused is in the dead-letter topic; see {@link dev.twinlog.DeadLetters}. */
  default void deadLetter(TopicPartition source) {}

  /**
   * Configs of a target topic were changed, so that they are those of its source topic.
   *
   * @param sourceTopic the source topic
   * @param configs how many
   */
  default void configsChanged(String sourceTopic, int configs) {}

  /**
   * ACLs of the target were created or deleted, so that they are those of the source.
   *
   * @param acls how many
   */
  default void aclsChanged(int acls) {}

  /**
   * A run of one of the link's periodic tasks has ended.
   *
   * @param name the task's name, such as {@code discovery}; one of about ten, the same for every
   *     link
   * @param succeeded whether it succeeded; if not, it is repeated with backoff
   * @param took how long it took
   */
  default void duty(String name, boolean succeeded, Duration took) {}

  /**
   * A position of a consumer group was written in the target. Of a position that does not change,
   * this is called once a day at the latest.
   *
   * @param group the group's id
   * @param target the partition of the target that the position is in
   * @param latency from the reading of the position in the source to the target's response
   */
  default void groupPositionWritten(String group, TopicPartition target, Duration latency) {}

  /** A listener threw. */
  default void listenerFailed() {}
}
