package dev.twinlog.internal.engine;

import dev.twinlog.spi.Lease;
import java.time.Duration;

/**
 * The lease that this instance has on its link: it runs from the moment at which a proof of the
 * ownership was asked for, since the answer says nothing of what happened after that. Thread-safe.
 */
final class OwnerLease implements Lease {
  /** How long a proof is good for. */
  static final Duration LENGTH = Duration.ofSeconds(20);

  /** A former owner's clock may be slower than ours, by so much in a lease. */
  private static final Duration DRIFT = Duration.ofSeconds(1);

  /** A moment by both clocks. */
  record Moment(long nanos, long millis) {}

  private final LinkTime time;
  private volatile Moment proved;
  private volatile long takenOverNanos = Long.MAX_VALUE;

  OwnerLease(LinkTime time) {
    this.time = time;
    this.proved = new Moment(time.nanoTime() - LENGTH.toNanos(), 0);
  }

  Moment now() {
    return new Moment(time.nanoTime(), time.clock().millis());
  }

  /** The link was taken over; nothing of a former owner's came after this. */
  void takenOver(Moment asked) {
    takenOverNanos = time.nanoTime();
    proved(asked);
  }

  /** What was asked at that moment has been answered: the link belongs to this instance. */
  void proved(Moment asked) {
    proved = asked;
  }

  @Override
  public boolean holds() {
    return isYoungerThan(LENGTH);
  }

  @Override
  public boolean isEnding() {
    return !isYoungerThan(LENGTH.dividedBy(2));
  }

  private boolean isYoungerThan(Duration age) {
    Moment last = proved;
    long wall = time.clock().millis() - last.millis();
    return time.nanoTime() - last.nanos() < age.toNanos() && wall >= 0 && wall < age.toMillis();
  }

  @Override
  public boolean formerOwnersExpired() {
    long since = takenOverNanos;
    return since != Long.MAX_VALUE && time.nanoTime() - since >= LENGTH.plus(DRIFT).toNanos();
  }
}
