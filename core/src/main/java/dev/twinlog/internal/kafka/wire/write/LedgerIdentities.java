package dev.twinlog.internal.kafka.wire.write;

import dev.twinlog.internal.kafka.wire.ledger.LedgerRules;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/**
 * The identities of routes that were recovered: the ledger has issued a session for each opening,
 * and nothing is written under any other. No epoch is ever raised here.
 */
final class LedgerIdentities implements Identities {
  private final LedgerParts parts;
  private final Runnable wakeup;
  private final Queue<Runnable> answers = new ConcurrentLinkedQueue<>();
  private long version;

  /**
   * None yet.
   *
   * @param wakeup lets the writer step; on any thread
   */
  LedgerIdentities(LedgerParts parts, Runnable wakeup) {
    this.parts = parts;
    this.wakeup = wakeup;
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
            .map(session -> new LedgerIdentity(route, session, parts, this::soon))
            .orElseThrow(
                () ->
                    new RetriableException(
                        route + " is to be opened again: it was not recovered before")));
  }

  private void soon(Runnable answer) {
    answers.add(answer);
    wakeup.run();
  }

  @Override
  public long version() {
    return version;
  }

  /** Takes what the ledger's thread has answered. */
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
    return parts.lease().holds();
  }

  @Override
  public boolean mayBeUnderWay(long nanos) {
    return TimeUnit.NANOSECONDS.toMillis(nanos) < LedgerRules.UNDER_WAY_MS;
  }

  @Override
  public boolean mindIdleness() {
    return true;
  }
}
