package dev.twinlog.internal.kafka.wire.ledger;

import dev.twinlog.internal.kafka.wire.ledger.request.Timers;
import dev.twinlog.internal.kafka.wire.ledger.rules.LedgerRules;
import dev.twinlog.internal.kafka.wire.ledger.session.LateRequests;
import dev.twinlog.internal.kafka.wire.ledger.session.RouteGuaranteeRegistry;
import dev.twinlog.spi.Route;

/** What the tasks of a ledger share. */
record LedgerParts(
    LedgerSettings settings,
    LedgerRules rules,
    Timers timers,
    LedgerRequests requests,
    HangingTransactions hanging,
    LateRequests lateRequests,
    RouteGuaranteeRegistry guarantees) {

  /** Forgets a route's coordinator: it may have moved, which a dead broker never reports. */
  void forgetCoordinator(Route route, int generation) {
    requests.coordinators.forget(TransactionalIds.of(settings.link(), generation, route));
  }

  long wallMs() {
    return settings.clock().millis();
  }
}
