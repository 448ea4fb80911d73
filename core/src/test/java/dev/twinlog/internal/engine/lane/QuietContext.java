package dev.twinlog.internal.engine.lane;

import dev.twinlog.Throttle;
import dev.twinlog.internal.engine.agent.LinkTime;
import dev.twinlog.internal.engine.shared.LinkThrottle;
import dev.twinlog.spi.LinkMetrics;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.Route;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A lane context for tests that only stores why sessions ended. */
final class QuietContext implements LaneContext {
  final List<@Nullable ReplicationException> causes = new ArrayList<>();

  @Override
  public LinkTime time() {
    return LinkTime.system(Clock.systemUTC());
  }

  @Override
  public LinkMetrics metrics() {
    return new LinkMetrics() {};
  }

  @Override
  public LinkThrottle throttle() {
    return new LinkThrottle(Throttle.none(), time(), (from, to) -> {});
  }

  @Override
  public void sessionEnded(
      CopySession session, Progress last, @Nullable ReplicationException cause) {
    causes.add(cause);
  }

  @Override
  public void progressed(Map<CopySession, Progress> changed) {}

  @Override
  public void sourceSuspected() {}

  @Override
  public void sourceAvailabilityChanged(CopySession session) {}

  @Override
  public long targetEnd(Route route) {
    return 0;
  }

  @Override
  public void checkpointMoved() {}

  @Override
  public void readerLost(Lane lost, RuntimeException cause) {}

  @Override
  public void writerLost(Lane lost, RuntimeException cause) {}
}
