/**
 * Requests to clusters that may block, on threads of their own: the control thread, which saves
 * progress and proves the ownership of the link, never waits for a cluster.
 *
 * <p>A {@link dev.twinlog.internal.engine.duty.Duty} is repeated; {@link
 * dev.twinlog.internal.engine.duty.Duties} keeps their times. {@link
 * dev.twinlog.internal.engine.duty.ClusterCalls} makes the calls, one after the other.
 */
@NullMarked
package dev.twinlog.internal.engine.duty;

import org.jspecify.annotations.NullMarked;
