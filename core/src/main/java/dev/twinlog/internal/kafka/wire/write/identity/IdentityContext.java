package dev.twinlog.internal.kafka.wire.write.identity;

import dev.twinlog.internal.kafka.wire.ledger.session.SteadyClock;
import dev.twinlog.internal.kafka.wire.ledger.session.WriterSide;
import dev.twinlog.spi.Lease;
import dev.twinlog.spi.Route;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * Dependencies that the identities of recovered routes share.
 *
 * @param leases the lease on everything that is copied, and those of single routes
 */
public record IdentityContext(
    WriterSide ledger, Leases leases, SteadyClock clock, LongSupplier nanoTime) {

  /**
   * The leases of this instance.
   *
   * @param all the lease on everything that is copied
   * @param ofRoute finds the lease that covers a route that is being opened
   */
  public record Leases(Lease all, Function<Route, Lease> ofRoute) {}
}
