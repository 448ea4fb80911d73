package dev.twinlog.internal.kafka.records.transactional;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The last committed record of a route, and the leader epoch under which it was last known to be in
 * the target. A log keeps what its leader has for as long as the leader epoch stays the same.
 *
 * <p>Confined to the thread of the loop that writes the route; passed to another loop only when
 * nothing is in flight.
 */
final class RouteTail {
  /** How long the leader epoch is not queried, if the records are appended where they should. */
  static final long TRUST_NANOS = TimeUnit.SECONDS.toNanos(5);

  private @Nullable LocatedRecord last;
  private int leaderEpoch;
  private long seenNanos;

  /**
   * Creates the tail as a recovery found it.
   *
   * @param last null if it is not known
   */
  RouteTail(@Nullable LocatedRecord last, int leaderEpoch, long nowNanos) {
    this.last = last;
    this.leaderEpoch = leaderEpoch;
    this.seenNanos = nowNanos;
  }

  @Nullable LocatedRecord last() {
    return last;
  }

  int leaderEpoch() {
    return leaderEpoch;
  }

  /** Whether it is time for a check, without any sign of a loss. */
  boolean isOld(long nowNanos) {
    return nowNanos - seenNanos > TRUST_NANOS;
  }

  /** Notes that the record was there, under this epoch. */
  void seen(int epoch, long nowNanos) {
    leaderEpoch = epoch;
    seenNanos = nowNanos;
  }

  /** Notes the last record of a committed transaction. */
  void landed(@Nullable LocatedRecord now) {
    last = now;
  }
}
