package dev.twinlog.internal.kafka.wire.ledger;

/** What an opening is made of, one protocol step each. */
record Steps(
    LastRecordCheck anchor,
    IdentityStep identity,
    FenceStep fence,
    ScanStep scan,
    TruncationSearch survivor,
    OrphanCheck trace) {

  static Steps of(LedgerParts parts) {
    return new Steps(
        new LastRecordCheck(parts),
        new IdentityStep(parts),
        new FenceStep(parts),
        new ScanStep(parts),
        new TruncationSearch(parts),
        new OrphanCheck(parts));
  }
}
