package dev.twinlog.internal.kafka.wire.ledger;

/**
 * The transactional id, producer id and epoch of a route.
 *
 * @param generation the generation number in the transactional id
 */
record Identity(String transactionalId, int generation, long producerId, short epoch) {}
