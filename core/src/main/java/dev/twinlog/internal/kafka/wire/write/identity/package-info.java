/**
 * The producer id and epoch under which a route is written, what its broker certainly remembers of
 * them, and the proofs that they still count.
 *
 * <p>Where each record must be written once these are the ledger's sessions ({@code
 * LedgerIdentity}), and the writer never relies on more than the broker certainly remembers ({@code
 * ProducerStateExpiry}): behind old records it sends in conservative mode. An {@code
 * OwnershipProof} shows that this instance still owns the route, and a {@link
 * dev.twinlog.internal.kafka.wire.write.identity.TailWatch} that the target's log still ends with
 * what the session has written. Otherwise the writer counts epochs itself ({@code
 * LocalIdentityProvider}).
 *
 * <p>Confined to the lane's writer thread.
 */
@NullMarked
package dev.twinlog.internal.kafka.wire.write.identity;

import org.jspecify.annotations.NullMarked;
