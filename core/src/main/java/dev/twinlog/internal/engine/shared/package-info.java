/**
 * What all agents of a link share: its settings, its state, what this instance owns of it, and the
 * figures of its partitions.
 *
 * <p>{@link dev.twinlog.internal.engine.shared.Link} holds it all. {@link
 * dev.twinlog.internal.engine.shared.LinkLife} and {@link
 * dev.twinlog.internal.engine.shared.LinkEvent} are the state machine of a link; {@link
 * dev.twinlog.internal.engine.shared.PartitionFigures} are what status and metrics show of a
 * partition. Everything here may be read by any thread.
 */
@NullMarked
package dev.twinlog.internal.engine.shared;

import org.jspecify.annotations.NullMarked;
