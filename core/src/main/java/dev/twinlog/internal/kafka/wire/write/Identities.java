package dev.twinlog.internal.kafka.wire.write;

import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.Route;
import java.util.Optional;

/** Says who the routes of a writer are. Confined to the writer thread. */
interface Identities {

  /** A route is being opened: sees to it that there is an identity for it soon. */
  void prepare();

  /**
   * An identity of its own for a route that was opened, once; none while it is on its way.
   *
   * @throws ReplicationException if there is none to be had
   */
  Optional<RouteIdentity> next(Route route);

  /** Grows when {@link #next} may answer otherwise. */
  long version();

  /** Does what is due for identities that are on their way. */
  void step();

  /** How long until time alone gives {@link #step} something to do. */
  long nanosToNext();

  /**
   * Whether all routes are surely still this instance's, so that they may be written; if not, each
   * {@link RouteIdentity#isOurs may know of its own}.
   */
  boolean ownershipHolds();

  /** Whether a request that was sent so long ago may still be under way if they are not. */
  boolean mayBeUnderWay(long nanos);

  /** Whether identities want to know of routes that are idle. */
  boolean mindIdleness();
}
