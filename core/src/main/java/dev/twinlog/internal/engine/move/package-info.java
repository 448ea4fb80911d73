/**
 * Moves a link to its target: a failover by what is stored of the link, and without its engine; a
 * switchover with it.
 *
 * <p>{@link dev.twinlog.internal.engine.move.Switchover} is the entry point of the latter: {@link
 * dev.twinlog.internal.engine.move.SwitchoverChecks} come first, then {@link
 * dev.twinlog.internal.engine.move.SwitchoverAttempt} does the phases on a {@link
 * dev.twinlog.internal.engine.move.MovableLink}, and takes them back if one fails. {@link
 * dev.twinlog.internal.engine.move.LeftSwitchover} does so at the next start of the link.
 *
 * <p>{@link dev.twinlog.internal.engine.move.Failover} is the entry point; it repeats an {@link
 * dev.twinlog.internal.engine.move.FailoverAttempt} until one is done. Each attempt takes the link
 * over, so that no other instance can move it at the same time, and does what the attempts before
 * have not saved as done: {@link dev.twinlog.internal.engine.move.Fencing} ends the writes of
 * former owners and finds where the copy ends, and then the consumer groups are written. {@link
 * dev.twinlog.internal.engine.move.StoredReport} is the report, made of what is stored.
 *
 * <p>{@link dev.twinlog.internal.engine.move.Reverse} turns a moved link round: {@link
 * dev.twinlog.internal.engine.move.PartedLogs} finds where the histories of the two clusters part,
 * {@link dev.twinlog.internal.engine.move.ReversePlan} says what is in the way, and {@link
 * dev.twinlog.internal.engine.move.Seeding} gives the link in the other direction its state.
 */
@NullMarked
package dev.twinlog.internal.engine.move;

import org.jspecify.annotations.NullMarked;
