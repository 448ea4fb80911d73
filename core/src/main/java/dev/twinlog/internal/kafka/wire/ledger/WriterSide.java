package dev.twinlog.internal.kafka.wire.ledger;

/**
 * What the ledger and the writers of a link share; it outlives each of the writers.
 *
 * @param sessions where a writer finds who a route is
 * @param refresher whom it asks for markers on routes that are idle
 * @param tailLooks whom it asks whether the last record of a route is still there
 * @param guarantees where it says that a route is written with care
 * @param lateRequests what it leaves behind when a connection is lost
 */
public record WriterSide(
    IssuedSessions sessions,
    Refresher refresher,
    TailLooks tailLooks,
    RouteGuaranteeRegistry guarantees,
    LateRequests lateRequests) {}
