/**
 * The engine: copies batches from a source to a sink, in order and in bounded memory, with each
 * partition independent of the others. This package starts, runs and ends a link; those below it,
 * each of which knows only the ones after it, are:
 *
 * <ul>
 *   <li>{@code move}: moves a link to its target;
 *   <li>{@code watch}: what is watched beside the copying;
 *   <li>{@code threads}: how agents are run and ended;
 *   <li>{@code partition}: the states of partitions, and how they are opened;
 *   <li>{@code lane}: readers, writers, copy sessions and the memory budget;
 *   <li>{@code recovery}: what the target already has after a crash;
 *   <li>{@code sync}: duties that keep the target in step in all but its records;
 *   <li>{@code duty}: calls to clusters that may block, on threads of their own;
 *   <li>{@code shared}: the state of the link, figures;
 *   <li>{@code ownership}: what this instance owns of the link;
 *   <li>{@code agent}: agents, mailboxes and threads.
 * </ul>
 *
 * <p>Four kinds of {@link dev.twinlog.internal.engine.agent.Agent agents} share the work; each
 * works in calls of {@code step()}, by a thread of its own in production and by the test in tests:
 * a reader and a writer for each lane; {@link dev.twinlog.internal.engine.ControlAgent}, which
 * connects and closes the link, while in between a {@link dev.twinlog.internal.engine.RunningLink}
 * opens partitions, saves progress, renews the lease and retries; and {@link
 * dev.twinlog.internal.engine.duty.ClusterCalls}, of which there are two, which make all calls of a
 * connected link that may block: one those that copying depends on, the other those that keep the
 * target's topics and groups in step.
 *
 * <p>An instance copies the partitions that it has claimed; {@link
 * dev.twinlog.internal.engine.Handovers} takes claims and gives them back.
 *
 * <p>The life of a partition is a sequence of {@link dev.twinlog.internal.engine.lane.CopySession
 * sessions}. Every failure ends a session; the next one begins at the last checkpoint. There is no
 * other way to recover.
 */
@NullMarked
package dev.twinlog.internal.engine;

import org.jspecify.annotations.NullMarked;
