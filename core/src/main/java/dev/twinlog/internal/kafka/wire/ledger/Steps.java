package dev.twinlog.internal.kafka.wire.ledger;

/** What an opening is made of, one protocol step each. */
record Steps(
    AnchorStep anchor,
    IdentityStep identity,
    FenceStep fence,
    ScanStep scan,
    SurvivorStep survivor,
    TraceStep trace) {

  static Steps of(LedgerParts parts) {
    return new Steps(
        new AnchorStep(parts),
        new IdentityStep(parts),
        new FenceStep(parts),
        new ScanStep(parts),
        new SurvivorStep(parts),
        new TraceStep(parts));
  }
}
