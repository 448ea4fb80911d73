package dev.twinlog.internal.engine.threads;

import dev.twinlog.internal.engine.duty.ClusterCalls;
import dev.twinlog.internal.engine.lane.Lane;
import java.time.Duration;
import java.util.List;

/** Ends lanes whose agents the caller steps. */
public final class SteppedLanes implements LaneRunner {
  @Override
  public void start(List<Lane> lanes) {}

  @Override
  public void end(ClusterCalls calls, Duration timeout) {
    calls.stop();
    calls.close();
  }

  @Override
  public void end(Lane lane) {
    lane.reader().stop();
    lane.writer().stop();
    lane.reader().close();
    lane.writer().close();
  }

  @Override
  public void end(List<Lane> lanes, Duration timeout) {
    lanes.forEach(this::end);
  }

  @Override
  public void release(Runnable work, Duration timeout) {
    work.run();
  }
}
