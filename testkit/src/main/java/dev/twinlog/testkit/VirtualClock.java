package dev.twinlog.testkit;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Objects;

/**
 * A clock that moves only when a test advances it: a wall clock in UTC, and a monotonic time that
 * begins at 0.
 *
 * <p>Thread-safe.
 */
public final class VirtualClock extends Clock {
  private Instant wall;
  private long monotonicNanos;

  private VirtualClock(Instant wall) {
    this.wall = wall;
  }

  /** A clock that shows 2026-01-01T00:00:00Z. */
  public static VirtualClock create() {
    return startingAt(Instant.parse("2026-01-01T00:00:00Z"));
  }

  /** A clock that shows this time. */
  public static VirtualClock startingAt(Instant wall) {
    return new VirtualClock(Objects.requireNonNull(wall, "wall"));
  }

  /**
   * Advances both the wall clock and the monotonic time.
   *
   * @throws IllegalArgumentException if {@code time} is negative; only the wall clock can go back
   */
  public synchronized void advance(Duration time) {
    if (time.isNegative()) {
      throw new IllegalArgumentException("time was " + time + " but can't pass backwards");
    }
    monotonicNanos = Math.addExact(monotonicNanos, time.toNanos());
    wall = wall.plus(time);
  }

  /** Sets the wall clock forwards or, with a negative duration, back; the monotonic time stays. */
  public synchronized void jumpWall(Duration by) {
    wall = wall.plus(by);
  }

  /** The monotonic time in nanoseconds: the sum of all {@link #advance}s. */
  public synchronized long nanoTime() {
    return monotonicNanos;
  }

  @Override
  public synchronized Instant instant() {
    return wall;
  }

  @Override
  public ZoneId getZone() {
    return ZoneOffset.UTC;
  }

  /** A view of this clock in another zone; moves with it. */
  @Override
  public Clock withZone(ZoneId zone) {
    return new Zoned(this, zone);
  }

  @Override
  public synchronized String toString() {
    return "virtual clock at " + wall;
  }

  private static final class Zoned extends Clock {
    private final VirtualClock clock;
    private final ZoneId zone;

    Zoned(VirtualClock clock, ZoneId zone) {
      this.clock = clock;
      this.zone = Objects.requireNonNull(zone, "zone");
    }

    @Override
    public Instant instant() {
      return clock.instant();
    }

    @Override
    public ZoneId getZone() {
      return zone;
    }

    @Override
    public Clock withZone(ZoneId other) {
      return new Zoned(clock, other);
    }
  }
}
