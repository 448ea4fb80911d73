/**
 * What the ledger and the writers of a link share: the sessions of recovered routes, and what one
 * of the two observes and the other needs.
 *
 * <p>A recovered route has a {@link dev.twinlog.internal.kafka.wire.ledger.session.LedgerSession},
 * under which its writer writes. The {@link
 * dev.twinlog.internal.kafka.wire.ledger.session.WriterSide} holds the rest: sessions that no
 * writer has taken yet, late requests, guarantees, and the calls by which a writer requests a
 * marker or a check of the log's end. Both determine the age of records with a {@link
 * dev.twinlog.internal.kafka.wire.ledger.session.SteadyClock}.
 */
@NullMarked
package dev.twinlog.internal.kafka.wire.ledger.session;

import org.jspecify.annotations.NullMarked;
