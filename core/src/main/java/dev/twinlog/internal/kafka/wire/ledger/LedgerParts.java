package dev.twinlog.internal.kafka.wire.ledger;

import dev.twinlog.spi.Route;

/** What the jobs of a ledger share. */
record LedgerParts(
    LedgerSettings settings,
    LedgerRules rules,
    Timers timers,
    LedgerRequests requests,
    HangingTransactions hanging,
    LateRequests lateRequests,
    RouteGuaranteeRegistry guarantees) {

  /** It may have moved since it was asked last, and a dead one never says so. */
  void forgetCoordinator(Route route, int generation) {
    requests.coordinators.forget(TransactionalIds.of(settings.link(), generation, route));
  }

  long wallMs() {
    return settings.clock().millis();
  }
}
