package dev.twinlog.internal.kafka.wire.write;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * How long a broker surely remembers the producer of a route: its epoch, and the sequences of its
 * last batches. It forgets one whose last batch's greatest timestamp, or the time of a later
 * marker, is {@code producer.id.expiration.ms} in the past; it looks for those every ten minutes,
 * at a restart and when it becomes the leader of a log that it has to load. We copy timestamps, so
 * what it goes by may be old when it is written.
 *
 * <p>Brokers go by their wall clocks. This machine's may be set, so the memory ages by the other
 * clock as well, and the one by which it is older counts. The margin is for what wall clocks
 * differ, and for what is under way while it is asked. Confined to the writer thread.
 */
final class BrokerMemory {
  private static final long MARGIN_MS = Duration.ofMinutes(15).toMillis();

  private final LongSupplier wallMs;
  private final LongSupplier nanoTime;
  private final long surelyMs;
  private long newestMs;

  /** How old the newest was when it was noted, and when that was by the clock that is never set. */
  private long notedAgeMs;

  private long notedNanos;

  /**
   * Of a route that is opened.
   *
   * @param lengthMs {@code producer.id.expiration.ms}
   * @param markedAtMs when the last marker was written; negative if there is nothing to remember
   */
  BrokerMemory(LongSupplier wallMs, LongSupplier nanoTime, long lengthMs, long markedAtMs) {
    this.wallMs = wallMs;
    this.nanoTime = nanoTime;
    this.surelyMs = lengthMs - Math.min(MARGIN_MS, lengthMs / 4);
    note(markedAtMs);
  }

  /** The last batch that landed; its timestamp is the broker's own time where that is earlier. */
  void landed(long timestamp) {
    note(Math.min(timestamp, wallMs.getAsLong()));
  }

  /** A marker was written behind everything that has landed. */
  void marked(long timeMs) {
    note(timeMs);
  }

  private void note(long timeMs) {
    newestMs = timeMs;
    notedAgeMs = Math.max(0, wallMs.getAsLong() - timeMs);
    notedNanos = nanoTime.getAsLong();
  }

  /** Whether it lasts behind a batch with this timestamp. */
  boolean lastsBehind(long timestamp) {
    return isYoung(timestamp, surelyMs);
  }

  /** Whether it lasts if what landed last, or any batch behind that, is appended last. */
  boolean lasts(long oldest) {
    return lasts() && lastsBehind(oldest);
  }

  /** Whether it lasts if nothing more is appended. */
  boolean lasts() {
    return isYounger(surelyMs);
  }

  /** Whether what it goes by is younger than that. */
  boolean isYounger(long ageMs) {
    long passedMs = TimeUnit.NANOSECONDS.toMillis(nanoTime.getAsLong() - notedNanos);
    return isYoung(newestMs, ageMs) && notedAgeMs + passedMs < ageMs;
  }

  /** Records without a timestamp, or with 0, are as old as can be. */
  private boolean isYoung(long timestamp, long ageMs) {
    return timestamp > 0 && wallMs.getAsLong() - timestamp < ageMs;
  }
}
