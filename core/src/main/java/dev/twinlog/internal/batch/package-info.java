/** Opens record batches of Kafka's message format v2 (KIP-98) with public means only. */
@NullMarked
package dev.twinlog.internal.batch;

import org.jspecify.annotations.NullMarked;
