package dev.twinlog.spi;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;

/**
 * Reads the partitions of one lane.
 *
 * <p><b>Threading.</b> Confined to the lane's reader thread, except {@link #wakeup()}.
 *
 * <p><b>Errors.</b> Trouble of one partition is data: it goes to {@link Receiver#gap} or {@link
 * Receiver#failed}, after which the partition delivers nothing until it is assigned again. Only
 * what makes the whole reader unusable is thrown: the engine closes the reader and opens another
 * one.
 *
 * <p><b>Lifecycle.</b> Opened by {@link Source#openReader}, closed once.
 *
 * <p><b>Blocking.</b> Only {@link #poll} may wait, and not longer than it was told.
 */
public interface SourceReader extends AutoCloseable {

  /**
   * Adds partitions, or moves those that are assigned already. No I/O.
   *
   * @param positions the offset to read on from, per partition
   */
  void assign(Map<TopicPartition, Long> positions);

  /** Forgets partitions; unknown ones are ignored. */
  void release(Set<TopicPartition> partitions);

  /**
   * Back-pressure: delivers no batch of these partitions until {@link #resume}.
   *
   * <p>A {@link Receiver} may call it while {@link #poll} delivers. Batches that were read already
   * may still come until that poll ends; but a reader that could have many at hand must stop, since
   * nothing else bounds the memory that the receiver needs for them.
   */
  void pause(Set<TopicPartition> partitions);

  /** Ends {@link #pause}. */
  void resume(Set<TopicPartition> partitions);

  /**
   * Delivers what has arrived, waiting for it at most {@code maxWait}; zero never waits.
   *
   * @param maxWait upper bound of the wait
   * @param out called on this thread, before {@code poll} returns
   */
  void poll(Duration maxWait, Receiver out);

  /** Ends the {@link #poll} that is waiting or, if none is, the next one. Any thread. */
  void wakeup();

  /** Releases everything, within seconds. */
  @Override
  void close();

  /** Takes what a reader delivers. Implemented by the engine. */
  interface Receiver {
    /** A batch; batches of a partition come in the order of their offsets. */
    void batch(ReplicationBatch batch);

    /**
     * How far a partition was read; needed where the position moves without a batch (transaction
     * markers, aborted data, holes), and for the end.
     *
     * @param partition the partition
     * @param next the offset to read on from
     * @param end the end that a reader may see: the high watermark, or the last stable offset
     */
    void position(TopicPartition partition, long next, long end);

    /**
     * A stretch that should have been read can't be.
     *
     * @param partition the partition
     * @param from first offset of the stretch
     * @param to the offset at which reading could go on; below {@code from} after a truncation
     * @param cause why
     */
    void gap(TopicPartition partition, long from, long to, GapCause cause);

    /** The partition can't be read; the type of {@code cause} says whether to try again. */
    void failed(TopicPartition partition, ReplicationException cause);
  }
}
