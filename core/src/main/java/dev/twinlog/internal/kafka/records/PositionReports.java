package dev.twinlog.internal.kafka.records;

import dev.twinlog.spi.SourceReader.Receiver;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.TopicPartition;

/**
 * Tells the engine how far partitions were read and where they end: every fetch answer carries the
 * end, and where none comes the leader is asked ({@link EndQuestions}). Of a partition that is not
 * heard nothing is told.
 *
 * <p>A partition that moved is reported at once. An end that moved alone (nothing to read behind it
 * yet, or the first answer for an empty partition) gives no sign, so now and then all partitions
 * are looked at: every 100 ms while an end is unknown or something moved lately, else once a
 * second.
 *
 * <p>Confined to the lane's reader thread.
 */
final class PositionReports {
  private static final long LIVELY_NANOS = Duration.ofMillis(100).toNanos();
  private static final long QUIET_NANOS = Duration.ofSeconds(1).toNanos();

  /** What was last said. */
  private record Said(long next, long end, long highWatermark) {}

  private final Consumer<byte[], byte[]> consumer;
  private final EndQuestions questions;
  private final Map<TopicPartition, Said> said = new HashMap<>();
  private long sweptAt = System.nanoTime();
  private long movedAt = System.nanoTime();
  private boolean unknownEnds = true;

  PositionReports(Consumer<byte[], byte[]> consumer, EndQuestions questions) {
    this.consumer = consumer;
    this.questions = questions;
  }

  void forget(TopicPartition partition) {
    said.remove(partition);
    unknownEnds = true;
  }

  /** How long the consumer may wait before the next look at all partitions. */
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
   * Reports one partition if there is something new.
   *
   * @return whether there was
   */
  boolean report(TopicPartition partition, long next, Receiver out) {
    OptionalLong lag = consumer.currentLag(partition);
    long asked = questions.end(partition);
    if (!questions.isHeard(partition) || (lag.isEmpty() && asked == EndQuestions.UNKNOWN)) {
      unknownEnds = true;
      return false;
    }
    long end = Math.max(next + lag.orElse(0), Math.max(next, asked));
    long highWatermark = questions.highWatermark(partition);
    Said now = new Said(next, end, highWatermark < end ? EndQuestions.UNKNOWN : highWatermark);
    if (now.equals(said.put(partition, now))) {
      return false;
    }
    movedAt = System.nanoTime();
    out.position(partition, now.next(), now.end(), now.highWatermark());
    return true;
  }

  /**
   * Looks at all partitions, if it is time to.
   *
   * @param positions of everything that is assigned
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
