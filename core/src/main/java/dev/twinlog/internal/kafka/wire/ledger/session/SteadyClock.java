package dev.twinlog.internal.kafka.wire.ledger.session;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * A wall clock that follows a backward step only after a minute: until then time advances as
 * before.
 *
 * <p>The age of a record decides whether brokers still have its producer's state, and taking an old
 * record for a recent one is the dangerous error. A clock that is set forward makes records look
 * older, which costs only the conservative mode, so it is followed at once.
 *
 * <p>Thread-safe.
 */
public final class SteadyClock extends Clock {
  private static final long DOUBT_NANOS = Duration.ofMinutes(1).toNanos();

  /** Covers clock drift and the time between reading the two clocks. */
  private static final long SLACK_MS = 1_000;

  private final Clock wall;
  private final LongSupplier nanoTime;
  private long believedMs;
  private long believedNanos;

  /** How much the wall clock is behind, and since when; 0 if it isn't. */
  private long behindMs;

  private long behindSinceNanos;

  /**
   * Starts at the wall clock's present time.
   *
   * @param nanoTime a monotonic clock
   */
  public SteadyClock(Clock wall, LongSupplier nanoTime) {
    this.wall = wall;
    this.nanoTime = nanoTime;
    this.believedMs = wall.millis();
    this.believedNanos = nanoTime.getAsLong();
  }

  /** The wall clock itself, which shows a backward step at once. */
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
