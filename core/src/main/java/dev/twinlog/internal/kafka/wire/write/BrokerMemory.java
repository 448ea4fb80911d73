package dev.twinlog.internal.kafka.wire.write;

import java.time.Duration;

/**
 * How long a broker surely remembers the producer of a route: its epoch, and the sequences of its
 * last batches. It forgets one whose last batch's greatest timestamp, or the time of a later
 * marker, is {@code producer.id.expiration.ms} in the past; it looks for those every ten minutes,
 * at a restart and when it becomes the leader of a log that it has to load. We copy timestamps, so
 * what it goes by may be old when it is written.
 *
 * <p>Only wall clocks count here, this machine's and the broker's. The margin is for what they
 * differ, for a clock that is set back, and for what is under way while it is asked. Confined to
 * the writer thread.
 */
final class BrokerMemory {
  private static final long MARGIN_MS = Duration.ofMinutes(15).toMillis();

  private final long surelyMs;
  private long newestMs;

  /**
   * Of a route that is opened.
   *
   * @param lengthMs {@code producer.id.expiration.ms}
   * @param markedAtMs when the last marker was written; negative if there is nothing to remember
   */
  BrokerMemory(long lengthMs, long markedAtMs) {
    this.surelyMs = lengthMs - Math.min(MARGIN_MS, lengthMs / 4);
    this.newestMs = markedAtMs;
  }

  /** The last batch that landed; its timestamp is the broker's own time where that is earlier. */
  void landed(long timestamp, long nowMs) {
    newestMs = Math.min(timestamp, nowMs);
  }

  /** A marker was written behind everything that has landed. */
  void marked(long timeMs) {
    newestMs = timeMs;
  }

  /** Whether it lasts behind a batch with this timestamp. */
  boolean lastsBehind(long timestamp, long nowMs) {
    return isYoung(timestamp, surelyMs, nowMs);
  }

  /** Whether it lasts if what landed last, or any batch behind that, is appended last. */
  boolean lasts(long oldest, long nowMs) {
    return lastsBehind(Math.min(newestMs, oldest), nowMs);
  }

  /** Whether what it goes by is younger than that. */
  boolean isYounger(long ageMs, long nowMs) {
    return isYoung(newestMs, ageMs, nowMs);
  }

  /** Records without a timestamp, or with 0, are as old as can be. */
  private static boolean isYoung(long timestamp, long ageMs, long nowMs) {
    return timestamp > 0 && nowMs - timestamp < ageMs;
  }
}
