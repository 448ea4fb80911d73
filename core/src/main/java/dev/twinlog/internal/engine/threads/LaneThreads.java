package dev.twinlog.internal.engine.threads;

import dev.twinlog.internal.engine.agent.Agent;
import dev.twinlog.internal.engine.agent.AgentThread;
import dev.twinlog.internal.engine.duty.ClusterCalls;
import dev.twinlog.internal.engine.lane.Lane;
import dev.twinlog.internal.engine.shared.Link;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs each lane on two threads. Used by the control agent, except where a method says otherwise.
 */
public final class LaneThreads implements LaneRunner {
  private static final Logger LOG = LoggerFactory.getLogger(LaneThreads.class);

  /** How long a thread that was interrupted may take. */
  public static final Duration LAST_WAIT = Duration.ofMillis(100);

  private final Link link;
  private final Function<Agent, AgentThread> thread;
  private final List<AgentThread> threads = new CopyOnWriteArrayList<>();
  private final Map<ClusterCalls, AgentThread> calls = new HashMap<>();

  /**
   * Runs none yet.
   *
   * @param thread makes the thread of an agent
   */
  public LaneThreads(Link link, Function<Agent, AgentThread> thread) {
    this.link = link;
    this.thread = thread;
  }

  /** Makes the thread of an agent of calls known, which is started and ended by others. */
  public void callsAreRunBy(ClusterCalls agent, AgentThread its) {
    calls.put(agent, its);
  }

  @Override
  public void start(List<Lane> lanes) {
    List<AgentThread> fresh = new ArrayList<>();
    for (Lane lane : lanes) {
      fresh.add(thread.apply(lane.reader()));
      fresh.add(thread.apply(lane.writer()));
    }
    threads.removeIf(AgentThread::hasEnded); // those of lanes that were replaced
    threads.addAll(fresh);
    fresh.forEach(AgentThread::start);
  }

  @Override
  public void end(Lane lane) {
    lane.reader().stop();
    lane.writer().stop();
  }

  @Override
  public void end(ClusterCalls agent, Duration timeout) {
    Thread.interrupted(); // an interrupt was meant for an earlier blocked call
    agent.stop();
    AgentThread its = calls.get(agent);
    if (its != null && !its.joinUninterruptibly(TimeLimit.in(timeout).left(LAST_WAIT))) {
      its.interrupt();
      if (!its.joinUninterruptibly(timeout.dividedBy(2))) {
        LOG.warn("link {}: a call to a cluster was not awaited, it is blocked", link.name());
      }
    }
  }

  @Override
  public void end(List<Lane> lanes, Duration timeout) {
    Thread.interrupted(); // an interrupt was meant for an earlier blocked call
    for (Lane lane : lanes) {
      lane.reader().stop();
      lane.writer().stop();
    }
    if (!join(timeout)) {
      threads.forEach(AgentThread::interrupt);
      if (!join(LAST_WAIT)) {
        LOG.warn("link {}: its lanes were not awaited, they are blocked in calls", link.name());
      }
    }
  }

  private boolean join(Duration timeout) {
    TimeLimit by = TimeLimit.in(timeout);
    boolean ended = true;
    for (AgentThread each : threads) {
      ended &= each.joinUninterruptibly(by.left());
    }
    return ended;
  }

  @Override
  public void release(Runnable work, Duration timeout) {
    Thread.interrupted();
    Thread closer = link.threads("closer").newThread(work);
    closer.start();
    if (!AgentThread.joinUninterruptibly(closer, timeout)) {
      closer.interrupt();
      if (!AgentThread.joinUninterruptibly(closer, LAST_WAIT)) {
        LOG.warn("link {}: its clients take long to close and were not awaited", link.name());
      }
    }
  }

  /** Any thread. */
  public boolean isCurrent() {
    return threads.stream().anyMatch(AgentThread::isCurrent);
  }
}
