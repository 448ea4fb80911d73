package dev.twinlog.internal.kafka.records;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The last record that was committed of a route, and under which leader epoch it was last known to
 * be in the target. A log keeps what its leader has for as long as the leader epoch stays the same.
 *
 * <p>Confined to the thread of the loop that writes the route; it is handed on when nothing is
 * under way.
 */
final class RouteTail {
  /** So long the leader epoch is not asked for, if the records land where they should. */
  static final long TRUST_NANOS = TimeUnit.SECONDS.toNanos(5);

  private @Nullable Anchor last;
  private int leaderEpoch;
  private long seenNanos;

  /**
   * The tail as a recovery saw it.
   *
   * @param last null if it is not known
   */
  RouteTail(@Nullable Anchor last, int leaderEpoch, long nowNanos) {
    this.last = last;
    this.leaderEpoch = leaderEpoch;
    this.seenNanos = nowNanos;
  }

  @Nullable Anchor last() {
    return last;
  }

  int leaderEpoch() {
    return leaderEpoch;
  }

  /** Whether it is time to look, though nothing speaks for a loss. */
  boolean isOld(long nowNanos) {
    return nowNanos - seenNanos > TRUST_NANOS;
  }

  /** It was there, under this epoch. */
  void seen(int epoch, long nowNanos) {
    leaderEpoch = epoch;
    seenNanos = nowNanos;
  }

  /** Records were committed behind it. */
  void landed(@Nullable Anchor now) {
    last = now;
  }
}
