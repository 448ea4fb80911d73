/**
 * Each record once: who a route is when it writes, how a former owner is fenced, and what the
 * target's log holds of a route after a crash.
 */
@NullMarked
package dev.twinlog.internal.kafka.wire.ledger;

import org.jspecify.annotations.NullMarked;
