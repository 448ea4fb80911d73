package dev.twinlog.internal.engine;

import dev.twinlog.spi.Lease;
import java.time.Duration;

/**
 * The lease that this instance has on its link. It runs from the time at which a proof of the
 * ownership was requested, since the answer doesn't cover any later time. Thread-safe.
 */
final class OwnerLease implements Lease {
  /** How long a proof is valid. */
  static final Duration LENGTH = Duration.ofSeconds(20);

  /** How much slower a former owner's clock may be during a lease. */
  private static final Duration DRIFT = Duration.ofSeconds(1);

  /** A point in time by both clocks. */
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

  /** The link was taken over: the former owner's lease was not renewed after this. */
  void takenOver(Moment asked) {
    takenOverNanos = time.nanoTime();
    proved(asked);
  }

  /** A proof that was requested at that time has succeeded: this instance owns the link. */
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
