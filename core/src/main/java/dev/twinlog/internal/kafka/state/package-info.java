/**
 * The state topic of a link, {@code twinlog.<link>.state} in the target cluster: progress, the
 * offset map, the link's description, and the proof of ownership.
 */
@NullMarked
package dev.twinlog.internal.kafka.state;

import org.jspecify.annotations.NullMarked;
