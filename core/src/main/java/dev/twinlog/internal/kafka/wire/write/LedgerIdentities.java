package dev.twinlog.internal.kafka.wire.write;

import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import java.util.Optional;

/**
 * The identities of routes that were recovered: the ledger has issued a session for each opening,
 * and nothing is written under any other. No epoch is ever raised here.
 */
final class LedgerIdentities implements Identities {
  private final LedgerParts parts;
  private final Proofs proofs;

  LedgerIdentities(LedgerParts parts) {
    this.parts = parts;
    this.proofs = new Proofs(parts.lease(), parts.clock(), parts.nanoTime());
  }

  @Override
  public void prepare() {}

  @Override
  public Optional<RouteIdentity> next(Route route) {
    return Optional.of(
        parts
            .ledger()
            .sessions()
            .take(route)
            .map(session -> new LedgerIdentity(route, session, parts, proofs))
            .orElseThrow(
                () ->
                    new RetriableException(
                        route + " is to be opened again: it was not recovered before")));
  }

  @Override
  public long version() {
    return 0;
  }

  @Override
  public void step() {}

  @Override
  public long nanosToNext() {
    return Long.MAX_VALUE;
  }

  @Override
  public boolean areOurs() {
    return proofs.hold();
  }

  @Override
  public boolean mindIdleness() {
    return true;
  }
}
