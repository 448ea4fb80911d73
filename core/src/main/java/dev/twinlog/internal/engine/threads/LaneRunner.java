package dev.twinlog.internal.engine.threads;

import dev.twinlog.internal.engine.duty.ClusterCalls;
import dev.twinlog.internal.engine.lane.Lane;
import java.time.Duration;
import java.util.List;

/** Runs the agents of lanes: on threads, or stepped by a test. */
public interface LaneRunner {
  void start(List<Lane> lanes);

  /** Ends the calls, interrupting the current one, and waits at most {@code timeout}. */
  void end(ClusterCalls calls, Duration timeout);

  /** Stops the agents of a lane in which nothing runs, and does not wait. */
  void end(Lane lane);

  /** Stops the lanes' agents and waits for their end, at most {@code timeout}. */
  void end(List<Lane> lanes, Duration timeout);

  /** Runs work that may block forever, and waits for it, at most {@code timeout}. */
  void release(Runnable work, Duration timeout);
}
