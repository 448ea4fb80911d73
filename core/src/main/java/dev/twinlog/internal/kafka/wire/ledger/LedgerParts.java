package dev.twinlog.internal.kafka.wire.ledger;

import dev.twinlog.spi.Route;

/** What the jobs of a ledger share. */
record LedgerParts(
    LedgerSettings settings,
    LedgerRules rules,
    Timers timers,
    Desks desks,
    Wedges wedges,
    Stragglers stragglers,
    GuaranteeBoard guarantees) {

  /** It may have moved since it was asked last, and a dead one never says so. */
  void forgetCoordinator(Route route, int generation) {
    desks.coordinators.forget(TransactionalIds.of(settings.link(), generation, route));
  }

  long wallMs() {
    return settings.clock().millis();
  }
}
