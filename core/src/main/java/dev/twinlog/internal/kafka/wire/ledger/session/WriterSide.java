package dev.twinlog.internal.kafka.wire.ledger.session;

import dev.twinlog.internal.kafka.cluster.ProducerRegistry;

/**
 * What the ledger and the writers of a link share; it exists longer than each of the writers.
 *
 * @param sessions gives a writer the session of a route
 * @param refresher writes markers for idle routes
 * @param tailChecker checks whether the last record of a route is still there
 * @param guarantees holds the routes that are written in conservative mode
 * @param lateRequests tracks requests whose connection was lost
 * @param producers takes the producer ids of routes that are not recovered
 */
public record WriterSide(
    IssuedSessions sessions,
    Refresher refresher,
    TailChecker tailChecker,
    RouteGuaranteeRegistry guarantees,
    LateRequests lateRequests,
    ProducerRegistry producers) {}
