package dev.twinlog.internal.kafka.records.read;

import dev.twinlog.spi.SourceReader.Receiver;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.TopicPartition;

/**
 * Reports positions and ends of partitions to the engine: every fetch response carries the end, and
 * where none arrives the leader is queried ({@link EndOffsetMonitor}). Partitions whose leader does
 * not answer are not reported.
 *
 * <p>A partition whose position moved is reported at once. If only its end moved (behind it there
 * is nothing to read yet, or it is the first response for an empty partition) the consumer gives no
 * sign, so all partitions are checked regularly: every 100 ms while an end is unknown or something
 * moved lately, else once a second.
 *
 * <p>Confined to the lane's reader thread.
 */
final class PositionReporter {
  private static final long LIVELY_NANOS = Duration.ofMillis(100).toNanos();
  private static final long QUIET_NANOS = Duration.ofSeconds(1).toNanos();

  /** The last report. */
  private record Reported(long next, long end, long highWatermark) {}

  private final Consumer<byte[], byte[]> consumer;
  private final EndOffsetMonitor monitor;
  private final Map<TopicPartition, Reported> lastReports = new HashMap<>();
  private long sweptAt = System.nanoTime();
  private long movedAt = System.nanoTime();
  private boolean unknownEnds = true;

  PositionReporter(Consumer<byte[], byte[]> consumer, EndOffsetMonitor monitor) {
    this.consumer = consumer;
    this.monitor = monitor;
  }

  void forget(TopicPartition partition) {
    lastReports.remove(partition);
    unknownEnds = true;
  }

  /** Returns how long the consumer may wait before the next check of all partitions. */
  Duration slice(long nanos) {
    long untilSweep = Math.max(0, interval() - (System.nanoTime() - sweptAt));
    // below a millisecond the consumer would not wait at all
    long rounded = untilSweep + Duration.ofMillis(1).toNanos();
    return Duration.ofNanos(Math.min(nanos, rounded));
  }

  private long interval() {
    boolean lively = unknownEnds || System.nanoTime() - movedAt < QUIET_NANOS;
    return lively ? LIVELY_NANOS : QUIET_NANOS;
  }

  /**
   * Reports one partition if it changed.
   *
   * @return whether it did
   */
  boolean report(TopicPartition partition, long next, Receiver out) {
    OptionalLong lag = consumer.currentLag(partition);
    long queriedEnd = monitor.end(partition);
    if (!monitor.isAnswering(partition)
        || (lag.isEmpty() && queriedEnd == EndOffsetMonitor.UNKNOWN)) {
      unknownEnds = true;
      return false;
    }
    long end = Math.max(next + lag.orElse(0), Math.max(next, queriedEnd));
    long highWatermark = monitor.highWatermark(partition);
    Reported now =
        new Reported(next, end, highWatermark < end ? EndOffsetMonitor.UNKNOWN : highWatermark);
    if (now.equals(lastReports.put(partition, now))) {
      return false;
    }
    movedAt = System.nanoTime();
    out.position(partition, now.next(), now.end(), now.highWatermark());
    return true;
  }

  /**
   * Checks all partitions, if it is time to.
   *
   * @param positions of all assigned partitions
   * @return whether anything was reported
   */
  boolean sweep(Map<TopicPartition, Long> positions, Receiver out) {
    if (System.nanoTime() - sweptAt < interval()) {
      return false;
    }
    sweptAt = System.nanoTime();
    unknownEnds = false;
    boolean reported = false;
    // a copy: the receiver may release partitions
    for (Map.Entry<TopicPartition, Long> entry : Map.copyOf(positions).entrySet()) {
      if (positions.containsKey(entry.getKey())) {
        reported |= report(entry.getKey(), entry.getValue(), out);
      }
    }
    return reported;
  }
}
