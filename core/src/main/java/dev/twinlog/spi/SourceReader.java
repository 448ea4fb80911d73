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
 * Receiver#failed}, after which the partition delivers nothing until it is assigned again, or to
 * {@link Receiver#retrying}, while the reader itself keeps trying. Only what makes the whole reader
 * unusable is thrown: the engine closes the reader and opens another one.
 *
 * <p><b>Silence.</b> An end counts only while it was heard. A reader that cannot hear the end of a
 * partition (its leader is unreachable or silent for a few fetch waits and half a request timeout,
 * there is no leader, every fetch is answered by an error that is tried again, an answer comes in
 * byte by byte) says so by {@link Receiver#retrying}, also of a partition that it has not heard
 * since it was assigned. It does so once when it notices, and again when the cause changes. A
 * partition that is paused is not missed while it is: nobody asks for it.
 *
 * <p><b>Lifecycle.</b> Opened by {@link Source#openReader}, closed once.
 *
 * <p><b>Blocking.</b> Only {@link #poll} may wait, and not longer than it was told.
 */
public interface SourceReader extends AutoCloseable {

  /**
   * Adds partitions, or moves those that are assigned already. No I/O.
   *
   * @param positions the offset to read on from, per partition; one that lies beyond the end is a
   *     {@link Receiver#gap} of a later {@link #poll}
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

  /**
   * Ends the {@link #poll} that is waiting or, if none is, the next one that would wait. Many calls
   * before that poll end it once. Any thread.
   */
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
     * markers, aborted data, holes), and for the end. Ends what {@link #retrying} said.
     *
     * <p>A reader need not repeat it while its source confirms that nothing has changed. It must
     * tell it once after each assignment, and again once it hears a partition again of which it
     * said {@link #retrying}, even if neither {@code next} nor {@code end} has changed.
     *
     * @param partition the partition
     * @param next the offset to read on from
     * @param end the end that a reader may see: the high watermark, or the last stable offset
     */
    void position(TopicPartition partition, long next, long end);

    /**
     * As {@link #position(TopicPartition, long, long)}, with what lies behind the end that a reader
     * may see: what an open transaction holds back.
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
     * The partition can't be read at present, and the reader keeps trying; its end is unknown until
     * the next {@link #position} or {@link #batch}, which ends it.
     *
     * @param partition the partition
     * @param cause what the reader waits for: the broker's id and address, since when it was not
     *     heard, and the last error
     */
    default void retrying(TopicPartition partition, RetriableException cause) {}

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
