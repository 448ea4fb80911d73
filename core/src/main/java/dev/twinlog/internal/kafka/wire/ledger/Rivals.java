package dev.twinlog.internal.kafka.wire.ledger;

import dev.twinlog.spi.Lease;
import dev.twinlog.spi.Route;
import java.time.Duration;

/**
 * Whether time alone has put former owners out, where no fence does: their leases have run out, and
 * whatever they had sent by then has arrived or never will. It looks from the ledger's beginning
 * on, so that a route which needs it late does not wait once more. Confined to the ledger's thread.
 */
final class Rivals {
  static final long LOOK_NANOS = Duration.ofMillis(500).toNanos();

  private final Lease lease;
  private final Stragglers stragglers;
  private final Timers timers;
  private boolean alone;
  private long aloneSince;

  Rivals(Lease lease, Stragglers stragglers, Timers timers) {
    this.lease = lease;
    this.stragglers = stragglers;
    this.timers = timers;
  }

  /** Looks until every lease of a former owner has run out. */
  void watch() {
    if (!isAlone()) {
      timers.after(LOOK_NANOS, this::watch);
    }
  }

  /** Whether nothing that was sent for a route before can still arrive. */
  boolean areGone(Route route) {
    long now = timers.now();
    return isAlone()
        && now - aloneSince >= stragglers.lifeNanos()
        && !stragglers.mayCome(route, now);
  }

  private boolean isAlone() {
    boolean before = alone;
    alone = lease.isAlone();
    if (alone && !before) {
      aloneSince = timers.now();
    }
    return alone;
  }
}
