package dev.twinlog.testkit.soak;

import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Checks the order and completeness of the records that are read from one target partition.
 * Confined to the watcher's thread, except for {@link #repeated()}.
 */
final class Seen {
  private static final int TOLD = 3;

  private final boolean compacted;
  private final boolean mayRepeat;
  private long position;
  private long highest = -1;
  private int told;
  private final AtomicLong repeated = new AtomicLong();

  /**
   * For a partition of which nothing was read yet.
   *
   * @param compacted whether records may be missing, and repeated as well
   * @param mayRepeat whether records may be repeated
   */
  Seen(boolean compacted, boolean mayRepeat) {
    this.compacted = compacted;
    this.mayRepeat = mayRepeat || compacted;
  }

  boolean isCompacted() {
    return compacted;
  }

  /** The offset to read next. */
  long position() {
    return position;
  }

  /** How many records were read twice. */
  long repeated() {
    return repeated.get();
  }

  /** Checks the next record. Returns what is wrong with it, for the first few violations. */
  @Nullable String read(ConsumerRecord<byte[], byte[]> one) {
    position = one.offset() + 1;
    String problem = problemOf(one);
    if (problem != null) {
      told++;
    }
    return told <= TOLD ? problem : null;
  }

  private @Nullable String problemOf(ConsumerRecord<byte[], byte[]> one) {
    long number;
    try {
      number = SoakRecord.numberOf(one);
    } catch (IllegalArgumentException e) {
      return e.getMessage();
    }
    long before = highest;
    if (number <= before) {
      repeated.incrementAndGet();
      return mayRepeat ? null : "number " + number + " comes again, behind " + before;
    }
    highest = number;
    return number == before + 1 || compacted
        ? null
        : "number " + number + " comes behind " + before;
  }
}
