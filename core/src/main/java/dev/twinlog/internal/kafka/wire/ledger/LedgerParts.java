package dev.twinlog.internal.kafka.wire.ledger;

/** What the jobs of a ledger share. */
record LedgerParts(
    LedgerSettings settings,
    LedgerRules rules,
    Timers timers,
    Desks desks,
    Wedges wedges,
    GuaranteeBoard guarantees) {

  long wallMs() {
    return settings.clock().millis();
  }
}
