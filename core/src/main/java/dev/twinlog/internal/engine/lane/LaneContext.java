package dev.twinlog.internal.engine.lane;

import dev.twinlog.internal.engine.agent.LinkTime;
import dev.twinlog.internal.engine.shared.LinkThrottle;
import dev.twinlog.spi.LinkMetrics;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.Route;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Receives the events of a lane's agents. Every method may be called from any thread. */
public interface LaneContext {

  LinkTime time();

  LinkMetrics metrics();

  /** What may be read. */
  LinkThrottle throttle();

  /** The session has ended: with a cause, or drained without one. */
  void sessionEnded(CopySession session, Progress last, @Nullable ReplicationException cause);

  /** The progress of the sessions in which it changed, in answer to {@link WriterAgent#report}. */
  void progressed(Map<CopySession, Progress> changed);

  /** A source's end went back: its topic may have been truncated or recreated. */
  void sourceSuspected();

  /**
   * The source gets no answers about the session's partition, as its figures say; or again does.
   */
  void sourceAvailabilityChanged(CopySession session);

  /** The greatest end of the target's log that the sink has reported for the route; 0 if none. */
  long targetEnd(Route route);

  /** The checkpoint of a partition moved. */
  void checkpointMoved();

  /** The lane's reader failed and is closed; the lane has none until another one is attached. */
  void readerLost(Lane lane, RuntimeException cause);

  /** The lane's writer failed and is closed; the lane has none until another one is attached. */
  void writerLost(Lane lane, RuntimeException cause);
}
