package dev.twinlog;

import dev.twinlog.internal.status.ThrottleSnapshot;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** What the throttle of a link does: a snapshot. Immutable. */
public final class ThrottleStatus {
  private final Throttle throttle;
  private final ThrottleSnapshot values;

  ThrottleStatus(ThrottleSnapshot values) {
    this.values = values;
    this.throttle =
        values.bytesPerSecond().isPresent()
            ? Throttle.bytesPerSecond(values.bytesPerSecond().getAsLong())
                .catchUpOnly(values.catchUpOnly())
            : Throttle.none();
  }

  /** The present throttle of this instance of the link. */
  public Throttle throttle() {
    return throttle;
  }

  /** How many partitions are not read at this moment, since they have used up their share. */
  public int partitions() {
    return values.partitions();
  }

  /**
   * Since when the throttle has been holding partitions back, without a break of more than a
   * second; empty if it does not hold back any.
   */
  public Optional<Instant> holdingSince() {
    return values.holdingSince();
  }

  /** How long it has held back at least one partition in all, since the link was built. */
  public Duration held() {
    return values.held();
  }

  /**
   * How long brokers of the source have told this instance to wait, since a quota for its client is
   * exceeded: the sum of all their responses since the link was built. On the batch path only; the
   * consumers of the record path have the metric {@code fetch-throttle-time-avg}.
   */
  public Duration bySource() {
    return values.bySource();
  }

  /**
   * As {@link #bySource}, of the target's brokers; the producers of the record path have the metric
   * {@code produce-throttle-time-avg}.
   */
  public Duration byTarget() {
    return values.byTarget();
  }

  @Override
  public String toString() {
    return throttle
        + holdingSince().map(since -> ", holding partitions back since " + since).orElse("");
  }
}
