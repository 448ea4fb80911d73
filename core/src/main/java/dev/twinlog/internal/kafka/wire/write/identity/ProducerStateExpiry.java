package dev.twinlog.internal.kafka.wire.write.identity;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Estimates how long a broker certainly keeps the producer state of a route: its epoch, and the
 * sequences of its last batches. A broker drops a producer when the greatest timestamp of its last
 * batch, or the time of a later marker, is {@code producer.id.expiration.ms} in the past. It checks
 * every ten minutes, at a restart and when it becomes the leader of a log that it has to load.
 * Batches are copied with their timestamps, so these may be old already when they are written.
 *
 * <p>Brokers use their wall clocks. The wall clock of this machine may be set, so the age is
 * measured by the monotonic clock as well, and the greater age counts. The margin covers
 * differences between wall clocks, and requests in flight. Confined to the writer thread.
 */
final class ProducerStateExpiry {
  private static final long MARGIN_MS = Duration.ofMinutes(15).toMillis();

  private final LongSupplier wallMs;
  private final LongSupplier nanoTime;
  private final long certainMs;
  private long newestMs;

  /** The age of the newest timestamp when it was noted, and the monotonic time of that. */
  private long notedAgeMs;

  private long notedNanos;

  /**
   * Starts with a route that is opened.
   *
   * @param lengthMs {@code producer.id.expiration.ms}
   * @param markedAtMs when the last marker was written; negative if the broker has no state
   */
  ProducerStateExpiry(LongSupplier wallMs, LongSupplier nanoTime, long lengthMs, long markedAtMs) {
    this.wallMs = wallMs;
    this.nanoTime = nanoTime;
    this.certainMs = lengthMs - Math.min(MARGIN_MS, lengthMs / 4);
    note(markedAtMs);
  }

  /** Notes the last batch that was appended; the broker's own time counts where it is earlier. */
  void appended(long timestamp) {
    note(Math.min(timestamp, wallMs.getAsLong()));
  }

  /** Notes that a marker was written behind everything that was appended. */
  void marked(long timeMs) {
    note(timeMs);
  }

  private void note(long timeMs) {
    newestMs = timeMs;
    notedAgeMs = Math.max(0, wallMs.getAsLong() - timeMs);
    notedNanos = nanoTime.getAsLong();
  }

  /** Whether the state lasts behind a batch with this timestamp. */
  boolean lastsBehind(long timestamp) {
    return isYoung(timestamp, certainMs);
  }

  /** Whether the state lasts, whether the last appended batch or a later one ends the log. */
  boolean lasts(long oldest) {
    return lasts() && lastsBehind(oldest);
  }

  /** Whether the state lasts if nothing more is appended. */
  boolean lasts() {
    return isYounger(certainMs);
  }

  /** Whether the timestamp that the broker uses is younger than that. */
  boolean isYounger(long ageMs) {
    long passedMs = TimeUnit.NANOSECONDS.toMillis(nanoTime.getAsLong() - notedNanos);
    return isYoung(newestMs, ageMs) && notedAgeMs + passedMs < ageMs;
  }

  /** Records without a timestamp, or with 0, count as the oldest. */
  private boolean isYoung(long timestamp, long ageMs) {
    return timestamp > 0 && wallMs.getAsLong() - timestamp < ageMs;
  }
}
