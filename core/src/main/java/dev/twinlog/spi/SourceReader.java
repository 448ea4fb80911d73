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
 * <p><b>Errors.</b> A failure of one partition is not thrown: it is reported to {@link
 * Receiver#gap} or {@link Receiver#failed}, after which the partition delivers nothing until it is
 * assigned again, or to {@link Receiver#retrying}, while the reader itself keeps retrying. Only a
 * failure that makes the whole reader unusable is thrown: the engine closes the reader and opens
 * another one.
 *
 * <p><b>Silence.</b> The end of a partition counts only if it was reported recently. A reader that
 * does not receive the end of a partition (its leader is unreachable or silent for a few fetch
 * waits and half a request timeout, there is no leader, every fetch fails with a retriable error, a
 * response arrives byte by byte) reports {@link Receiver#retrying}, also for a partition from whose
 * leader it has not heard since it was assigned. It does so once when it detects this, and again
 * when the cause changes. Not for a partition that is paused, since no fetch requests it.
 *
 * <p><b>Lifecycle.</b> Opened by {@link Source#openReader}, closed once.
 *
 * <p><b>Blocking.</b> Only {@link #poll} may wait, and not longer than {@code maxWait}.
 */
public interface SourceReader extends AutoCloseable {

  /**
   * Adds partitions, or moves those that are assigned already. No I/O.
   *
   * @param positions the next offset to read, per partition; one beyond the end is a {@link
   *     Receiver#gap} of a later {@link #poll}
   */
  void assign(Map<TopicPartition, Long> positions);

  /** Stops reading partitions; unknown ones are ignored. */
  void release(Set<TopicPartition> partitions);

  /**
   * Back-pressure: delivers no batch of these partitions until {@link #resume}.
   *
   * <p>A {@link Receiver} may call it while {@link #poll} delivers. Batches that were read already
   * may still be delivered until that poll ends; but a reader that may have many of them must stop,
   * since nothing else bounds the memory that the receiver needs for them.
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

  /**
   * Ends the {@link #poll} that is waiting or, if none is, the next one that would wait. Many calls
   * before that poll end it once. Any thread.
   */
  void wakeup();

  /** Releases everything, within seconds. */
  @Override
  void close();

  /** Receives batches, positions and failures from a reader. Implemented by the engine. */
  interface Receiver {
    /** A batch; batches of a partition are delivered in the order of their offsets. */
    void batch(ReplicationBatch batch);

    /**
     * How far a partition was read; needed where the position moves without a batch (transaction
     * markers, aborted data, offsets without records), and for the end. Ends {@link #retrying}.
     *
     * <p>A reader need not repeat it while its source confirms that nothing has changed. It must
     * report it once after each assignment, and again when a partition responds after {@link
     * #retrying}, even if neither {@code next} nor {@code end} has changed.
     *
     * @param partition the partition
     * @param next the offset to read on from
     * @param end the end that a reader may see: the high watermark, or the last stable offset
     */
    void position(TopicPartition partition, long next, long end);

    /**
     * As {@link #position(TopicPartition, long, long)}, with the high watermark, which an open
     * transaction keeps above the end that a reader may see.
     *
     * @param partition the partition
     * @param next the offset to read on from
     * @param end the end that a reader may see: the last stable offset
     * @param highWatermark the end of what is replicated; -1 if it is not known
     */
    default void position(TopicPartition partition, long next, long end, long highWatermark) {
      position(partition, next, end);
    }

    /**
     * The partition can't be read at present, and the reader keeps retrying; its end is unknown
     * until the next {@link #position} or {@link #batch}, which ends it.
     *
     * @param partition the partition
     * @param cause what the reader waits for: the broker's id and address, since when it has not
     *     responded, and the last error
     */
    default void retrying(TopicPartition partition, RetriableException cause) {}

    /**
     * Offsets {@code [from, to)} should have been read but are no longer available.
     *
     * @param partition the partition
     * @param from first offset of the range
     * @param to the offset at which reading could continue; below {@code from} after a truncation
     * @param cause why
     */
    void gap(TopicPartition partition, long from, long to, GapCause cause);

    /** The partition can't be read; the type of {@code cause} decides whether to retry. */
    void failed(TopicPartition partition, ReplicationException cause);
  }
}
