package dev.twinlog.internal.kafka.wire.ledger.session;

/**
 * The last record of a route that is known to be in the target: while it is there, so are all
 * records of the route before it.
 *
 * @param offset in the target
 */
public record TailRecord(long offset, long producerId, short epoch, int sequence) {}
