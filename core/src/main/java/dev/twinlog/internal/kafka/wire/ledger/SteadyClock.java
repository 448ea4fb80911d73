package dev.twinlog.internal.kafka.wire.ledger;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * A wall clock that doesn't go back at once: one that is set back is believed only when it has been
 * behind for a minute, and until then time goes on as it did.
 *
 * <p>How old a record is decides whether brokers still remember its producer, and to take an old
 * one for a young one is the dangerous error of the two. A clock that is set forward makes records
 * look older than they are, which costs no more than care, so it is believed.
 *
 * <p>Thread-safe.
 */
public final class SteadyClock extends Clock {
  private static final long DOUBT_NANOS = Duration.ofMinutes(1).toNanos();

  /** By so much clocks drift, and so much time may be between looking at the one and the other. */
  private static final long SLACK_MS = 1_000;

  private final Clock wall;
  private final LongSupplier nanoTime;
  private long believedMs;
  private long believedNanos;

  /** How much the wall clock is behind, and since when; 0 if it isn't. */
  private long behindMs;

  private long behindSinceNanos;

  /**
   * Begins with what the wall clock says now.
   *
   * @param nanoTime a clock that is never set
   */
  public SteadyClock(Clock wall, LongSupplier nanoTime) {
    this.wall = wall;
    this.nanoTime = nanoTime;
    this.believedMs = wall.millis();
    this.believedNanos = nanoTime.getAsLong();
  }

  /** The wall clock itself, which shows that it was set back. */
  public Clock wall() {
    return wall;
  }

  @Override
  public synchronized long millis() {
    long nanos = nanoTime.getAsLong();
    long saidMs = wall.millis();
    long expectedMs = believedMs + TimeUnit.NANOSECONDS.toMillis(nanos - believedNanos);
    long lagMs = expectedMs - saidMs;
    if (lagMs > behindMs + SLACK_MS) { // set back, or once more
      behindMs = lagMs;
      behindSinceNanos = nanos;
    }
    if (lagMs > SLACK_MS && nanos - behindSinceNanos < DOUBT_NANOS) {
      return expectedMs;
    }
    behindMs = 0;
    believedMs = saidMs;
    believedNanos = nanos;
    return saidMs;
  }

  @Override
  public Instant instant() {
    return Instant.ofEpochMilli(millis());
  }

  @Override
  public ZoneId getZone() {
    return wall.getZone();
  }

  @Override
  public Clock withZone(ZoneId zone) {
    return new SteadyClock(wall.withZone(zone), nanoTime);
  }
}
