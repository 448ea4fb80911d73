package dev.twinlog.internal.engine;

import dev.twinlog.spi.LinkMetrics;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.Route;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a lane's agents tell the control agent. Every method may be called from any thread. */
interface LaneContext {

  LinkTime time();

  LinkMetrics metrics();

  /** The session is over: with a cause, or drained without one. */
  void sessionEnded(CopySession session, Progress last, @Nullable ReplicationException cause);

  /** What has changed since the last time, on request. */
  void progressed(List<Progress> changed);

  /** A source's end went back: its topic may have been truncated or created again. */
  void sourceSuspected();

  /** The source can't hear the session's partition, which its figures says; or hears it again. */
  void sourceHeardOrNot(CopySession session);

  /** How far the log of the route's target reaches, as far as the sink has told; 0 if it hasn't. */
  long targetEnd(Route route);

  /** The cut of a partition moved. */
  void checkpointMoved();

  /** The lane's reader is unusable; the lane has none until it is given another one. */
  void readerLost(Lane lane, RuntimeException cause);

  /** The lane's writer is unusable; the lane has none until it is given another one. */
  void writerLost(Lane lane, RuntimeException cause);
}
