package dev.twinlog.internal.kafka.wire.ledger;

/** The steps of an opening. */
record Steps(
    LastRecordCheck lastRecord,
    IdentityStep identity,
    FenceStep fence,
    ScanStep scan,
    TruncationSearch truncation,
    OrphanCheck orphans) {

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
