package dev.twinlog.internal.kafka.wire.write.identity;

import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.Route;
import java.util.Optional;

/** Assigns producer ids and epochs to the routes of a writer. Confined to the writer thread. */
public interface IdentityProvider {

  /** Prepares an identity for a route that is being opened. */
  void prepare();

  /**
   * Returns a new identity for a route that was opened, once; empty while it is being requested.
   *
   * @throws ReplicationException if no identity is available
   */
  Optional<RouteIdentity> next(Route route);

  /** Returns a number that grows when {@link #next} may return something else. */
  long version();

  /** Continues with pending requests for identities. */
  void step();

  /** Returns how long until {@link #step} is due. */
  long nanosToNext();

  /**
   * Whether this instance certainly owns all routes, so that they may be written; if not, {@link
   * RouteIdentity#ownershipHolds} may still hold for one of them.
   */
  boolean ownershipHolds();

  /** Whether a request that was sent so long ago may be in flight while ownership is uncertain. */
  boolean mayBeInFlight(long nanos);

  /** Whether identities need {@link RouteIdentity#idle}. */
  boolean refreshIdleRoutes();
}
