package dev.twinlog.internal.kafka.wire.write.identity;

import dev.twinlog.internal.kafka.wire.ledger.rules.LedgerRules;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/**
 * Identities of recovered routes: the ledger has issued a session for each opening, and records are
 * written under no other. No epoch is raised here.
 */
public final class LedgerIdentityProvider implements IdentityProvider {
  private final IdentityContext context;
  private final Runnable wakeup;
  private final Queue<Runnable> answers = new ConcurrentLinkedQueue<>();
  private long version;

  /**
   * Starts without identities.
   *
   * @param wakeup makes the writer step; called on any thread
   */
  public LedgerIdentityProvider(IdentityContext context, Runnable wakeup) {
    this.context = context;
    this.wakeup = wakeup;
  }

  @Override
  public void prepare() {}

  @Override
  public Optional<RouteIdentity> next(Route route) {
    return Optional.of(
        context
            .ledger()
            .sessions()
            .take(route)
            .map(session -> new LedgerIdentity(route, session, context, this::soon))
            .orElseThrow(
                () ->
                    new RetriableException(
                        "reopening " + route + ": it was not recovered before")));
  }

  private void soon(Runnable answer) {
    answers.add(answer);
    wakeup.run();
  }

  @Override
  public long version() {
    return version;
  }

  /** Handles what the ledger's thread has answered. */
  @Override
  public void step() {
    for (Runnable next = answers.poll(); next != null; next = answers.poll()) {
      next.run();
      version++;
    }
  }

  @Override
  public long nanosToNext() {
    return Long.MAX_VALUE;
  }

  @Override
  public boolean ownershipHolds() {
    return context.leases().all().holds();
  }

  @Override
  public boolean mayBeInFlight(long nanos) {
    return TimeUnit.NANOSECONDS.toMillis(nanos) < LedgerRules.MAX_IN_FLIGHT_MS;
  }

  @Override
  public boolean refreshIdleRoutes() {
    return true;
  }
}
