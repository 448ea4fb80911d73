/**
 * Agents, which do their work in steps: what they have in common, and what they wait with.
 *
 * <p>{@link dev.twinlog.internal.engine.agent.AgentThread} runs an {@link
 * dev.twinlog.internal.engine.agent.Agent} in production; tests step it by hand, under a {@link
 * dev.twinlog.internal.engine.agent.LinkTime} of their own. Other threads leave tasks for it in its
 * {@link dev.twinlog.internal.engine.agent.Mailbox}.
 */
@NullMarked
package dev.twinlog.internal.engine.agent;

import org.jspecify.annotations.NullMarked;
