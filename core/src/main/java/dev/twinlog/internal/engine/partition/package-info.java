/**
 * The partitions of a link: their states, what leads from one to the next, and how they are opened.
 *
 * <p>{@link dev.twinlog.internal.engine.partition.PartitionLife} is the state, and a {@link
 * dev.twinlog.internal.engine.partition.PartitionEvent} a pure function from one to the next, with
 * {@link dev.twinlog.internal.engine.partition.PartitionEffect effects}; the README of this module
 * has the table. {@link dev.twinlog.internal.engine.partition.Partitions} applies events, {@link
 * dev.twinlog.internal.engine.partition.PartitionMonitor} observes sessions, and {@link
 * dev.twinlog.internal.engine.partition.Opener} opens partitions. All of it is confined to the
 * control thread.
 */
@NullMarked
package dev.twinlog.internal.engine.partition;

import org.jspecify.annotations.NullMarked;
