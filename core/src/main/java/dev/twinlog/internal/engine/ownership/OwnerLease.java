package dev.twinlog.internal.engine.ownership;

import dev.twinlog.internal.engine.agent.LinkTime;
import dev.twinlog.spi.Lease;
import java.time.Duration;

/**
 * The lease that this instance has on a claim. It runs from the time at which a proof of the
 * ownership was requested, since the answer doesn't cover any later time. Thread-safe.
 */
public final class OwnerLease implements Lease {
  /** How long a proof is valid. */
  public static final Duration LENGTH = Duration.ofSeconds(20);

  /** How much slower a former owner's clock may be during a lease. */
  private static final Duration DRIFT = Duration.ofSeconds(1);

  /** A point in time by both clocks. */
  public record Moment(long nanos, long millis) {}

  private final LinkTime time;
  private volatile Moment proved;
  private volatile long takenOverNanos = Long.MAX_VALUE;

  /** When it ended; {@link Long#MAX_VALUE} before. */
  private volatile long endedNanos = Long.MAX_VALUE;

  public OwnerLease(LinkTime time) {
    this.time = time;
    this.proved = new Moment(time.nanoTime() - LENGTH.toNanos(), 0);
  }

  public Moment now() {
    return new Moment(time.nanoTime(), time.clock().millis());
  }

  /**
   * The shards of the claim were taken over: the former owner's lease was not renewed after this.
   */
  public void takenOver(Moment asked) {
    takenOverNanos = time.nanoTime();
    proved(asked);
  }

  /** A proof that was requested at that time has succeeded: this instance owns the shards. */
  public void proved(Moment asked) {
    proved = asked;
  }

  /** The claim is lost or given back: the lease does not hold any more, whatever is proved. */
  void end() {
    endedNanos = time.nanoTime();
  }

  /** Whether the claim is lost or given back. */
  boolean isEnded() {
    return endedNanos != Long.MAX_VALUE;
  }

  /** Whether requests that were sent before the lease ended may still be in flight. */
  boolean mayBeInFlight() {
    return isEnded() && time.nanoTime() - endedNanos < LENGTH.multipliedBy(2).toNanos();
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
    if (isEnded()) {
      return false;
    }
    Moment last = proved;
    long wall = time.clock().millis() - last.millis();
    return time.nanoTime() - last.nanos() < age.toNanos() && wall >= 0 && wall < age.toMillis();
  }

  @Override
  public boolean formerOwnersExpired() {
    long since = takenOverNanos;
    return !isEnded()
        && since != Long.MAX_VALUE
        && time.nanoTime() - since >= LENGTH.plus(DRIFT).toNanos();
  }
}
