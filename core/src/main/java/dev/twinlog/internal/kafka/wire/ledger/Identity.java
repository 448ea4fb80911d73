package dev.twinlog.internal.kafka.wire.ledger;

/**
 * Who a route is at its coordinator.
 *
 * @param generation the number in the transactional id
 */
record Identity(String transactionalId, int generation, long producerId, short epoch) {}
