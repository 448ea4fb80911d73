/**
 * The state topic of a link, {@code twinlog.<link>.state} in the target cluster: progress, the
 * offset map, the link's description, and the proof of ownership. {@link
 * dev.twinlog.internal.kafka.state.StateAddress} says in which of its partitions a record is.
 * Beside it is {@code twinlog.<link>.registry}, with what other links have to know.
 */
@NullMarked
package dev.twinlog.internal.kafka.state;

import org.jspecify.annotations.NullMarked;
