package dev.twinlog.spi;

import java.time.Duration;
import org.apache.kafka.common.TopicPartition;

/**
 * Takes what a link measures. Every method does nothing by default.
 *
 * <p>Which states the link and its partitions are in is reported to a {@code
 * dev.twinlog.StateMetrics}, an extension of this interface.
 *
 * <p><b>Threading.</b> Called on the link's threads; must be thread-safe.
 *
 * <p><b>Errors.</b> An exception is logged and counted, never felt by the link.
 *
 * <p><b>Lifecycle.</b> {@link #linkOpened} comes first, {@link #linkClosed} last; one object serves
 * one link.
 *
 * <p><b>Blocking.</b> Must not block. Called per batch, never per record.
 */
public interface LinkMetrics {

  /** The link starts. */
  default void linkOpened(String link) {}

  /** The link has closed; its gauges should go. */
  default void linkClosed(String link) {}

  /** The partition is no longer part of the link; its gauges should go. */
  default void partitionRemoved(TopicPartition source) {}

  /**
   * Records were acknowledged by the target.
   *
   * @param route where they went
   * @param records how many
   * @param bytes what they weigh: keys, values and headers; compressed where they moved compressed
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
   * How far the copy is behind, while the source's end is known; told about once a second.
   *
   * @param source the source partition
   * @param records offsets to the end that a reader may see
   * @param time 0 when caught up, else the age of the last record written
   */
  default void lag(TopicPartition source, long records, Duration time) {}

  /**
   * How far the copy is behind is not known, since the source's end can't be heard; told about once
   * a second, instead of {@link #lag}.
   *
   * @param source the source partition
   * @param time the age of the last record written, or how long ago the end was last heard if none
   *     was written; never 0
   */
  default void lagUnknown(TopicPartition source, Duration time) {}

  /**
   * What an open transaction at the source holds back; told about once a second for a partition
   * where anything is, and once when nothing is any more.
   *
   * @param source the source partition
   * @param offsets from the last stable offset to the high watermark; 0 if nothing is held back
   * @param time how long the last stable offset has stood still
   */
  default void heldBack(TopicPartition source, long offsets, Duration time) {}

  /**
   * What holds for a partition has changed; told at its first opening, too.
   *
   * @param exact whether each record arrives once
   */
  default void guarantee(TopicPartition source, boolean exact) {}

  /** The target lost its end; what it lost is copied again. */
  default void rewound(TopicPartition source) {}

  /** A fault was met that will be tried again. */
  default void retried(TopicPartition source) {}

  /** A partition stopped because of an error. */
  default void failed(TopicPartition source) {}

  /** A listener threw. */
  default void listenerFailed() {}
}
