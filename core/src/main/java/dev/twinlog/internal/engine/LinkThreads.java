package dev.twinlog.internal.engine;

import dev.twinlog.internal.engine.agent.Agent;
import dev.twinlog.internal.engine.agent.AgentThread;
import dev.twinlog.internal.engine.shared.Link;
import dev.twinlog.internal.engine.threads.LaneThreads;
import dev.twinlog.internal.engine.threads.TimeLimit;
import dev.twinlog.internal.options.LinkOptions;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The threads of a link's agents. Used by the threads that start and close the link. */
final class LinkThreads {
  private static final Logger LOG = LoggerFactory.getLogger(LinkThreads.class);
  private static final Duration GRACE = Duration.ofMillis(1_700);
  private static final Duration DRAIN_WAIT = Duration.ofMillis(500);

  private final Link link;
  private final ControlAgent agent;
  private final AgentThread control;
  private final AgentThread calls;
  private final AgentThread syncs;
  private final AgentThread events;
  private final LaneThreads lanes;
  private final VerifyThread verifying;

  /**
   * Starts none yet.
   *
   * @param lanes started and ended by the control agent
   * @param thread makes the thread of an agent
   */
  LinkThreads(
      Link link,
      ControlAgent agent,
      LaneThreads lanes,
      VerifyThread verifying,
      Function<Agent, AgentThread> thread) {
    this.link = link;
    this.agent = agent;
    this.control = thread.apply(agent);
    this.calls = thread.apply(agent.calls());
    this.syncs = thread.apply(agent.syncCalls());
    this.events = thread.apply(link.events());
    this.lanes = lanes;
    this.verifying = verifying;
    lanes.callsAreRunBy(agent.calls(), calls);
    lanes.callsAreRunBy(agent.syncCalls(), syncs);
  }

  void start() {
    control.start();
    calls.start();
    syncs.start();
    events.start();
    verifying.start();
    var unused = agent.ended().whenComplete((done, error) -> verifying.end());
  }

  /** Whether the caller is a thread that the end of the link waits for. */
  boolean isLinkThread() {
    return control.isCurrent()
        || calls.isCurrent()
        || syncs.isCurrent()
        || lanes.isCurrent()
        || verifying.isCurrent();
  }

  /** Ends the control agent's current call to a cluster. */
  void interruptControl() {
    control.interrupt();
  }

  /**
   * Waits until the link has drained and ended, and ends all threads, within the close timeout and
   * two seconds.
   *
   * @param draining completes when the control agent has begun to drain
   */
  void end(CompletableFuture<Void> draining) {
    verifying.end();
    TimeLimit by = TimeLimit.in(link.settings().get(LinkOptions.CLOSE_TIMEOUT).plus(GRACE));
    CompletableFuture<Object> begun = CompletableFuture.anyOf(draining, agent.ended());
    while (!await(begun, by.left(DRAIN_WAIT))
        && !by.isOver()
        && !Thread.currentThread().isInterrupted()) {
      if (!link.state().get().isOver()) { // else it waits for the end of the other threads
        control.interrupt(); // it is blocked by a request without an answer
      }
    }
    while (!await(agent.ended(), by.left(DRAIN_WAIT))
        && !by.isOver()
        && !Thread.currentThread().isInterrupted()) {
      calls.interrupt(); // an opening may wait for an answer
    }
    if (!agent.ended().isDone()) {
      control.interrupt();
      if (!await(agent.ended(), LaneThreads.LAST_WAIT)) {
        LOG.warn("link {} did not close in time; its threads were not awaited", link.name());
      }
    }
    endThread(control, "control", by.left());
    endThread(calls, "duties", by.left());
    endThread(syncs, "syncs", by.left());
    endThread(events, "events", by.left());
    if (!verifying.join(by.left()) && !verifying.join(LaneThreads.LAST_WAIT)) {
      LOG.warn("link {}: the verify thread does not end, it is blocked in a call", link.name());
    }
  }

  private void endThread(AgentThread thread, String role, Duration timeout) {
    if (!thread.join(timeout)) {
      thread.interrupt();
      if (!thread.join(LaneThreads.LAST_WAIT)) {
        LOG.warn("link {}: the {} thread does not end, it is blocked in a call", link.name(), role);
      }
    }
  }

  private static boolean await(Future<?> future, Duration timeout) {
    try {
      future.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } catch (ExecutionException | TimeoutException e) {
      return future.isDone();
    }
  }
}
