package dev.twinlog.internal.engine.partition;

import dev.twinlog.internal.engine.lane.CopySession;
import dev.twinlog.internal.engine.lane.GapException;
import dev.twinlog.internal.engine.shared.LossException;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteGuarantees.Guarantee;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a transition of a {@link PartitionLife} causes, in the order of the list. */
sealed interface PartitionEffect {

  /** Shows the new state to users, with this reason. */
  record Show(String reason, @Nullable ReplicationException cause) implements PartitionEffect {}

  /** Prepares the figures for a session. */
  record BeginSession(CopySession session, Map<Route, Guarantee> guarantees)
      implements PartitionEffect {}

  /** Starts reading and writing for a session. */
  record Run(CopySession session) implements PartitionEffect {}

  /** Stops reading; the session ends when all that was read is written. */
  record Drain(CopySession session) implements PartitionEffect {}

  /** Ends a session as soon as its writes in flight have completed. */
  record EndSession(CopySession session, ReplicationException cause) implements PartitionEffect {}

  /** Ends a session without waiting for writes that may never complete. */
  record Abort(CopySession session, ReplicationException cause) implements PartitionEffect {}

  /** Counts a retry. */
  record CountRetry() implements PartitionEffect {}

  /** Posts that it is retried after this delay. */
  record ReportRetry(ReplicationException cause, Duration delay) implements PartitionEffect {}

  /** Counts and posts that it has stopped. */
  record ReportStop(ReplicationException cause) implements PartitionEffect {}

  /** Posts that it continues after a gap. */
  record ReportGap(GapException gap) implements PartitionEffect {}

  /** Moves the position behind an accepted loss, and posts that. */
  record SkipLoss(LossException loss) implements PartitionEffect {}

  /** Shows that it doesn't copy any more. */
  record CloseFigures(String reason, @Nullable ReplicationException cause)
      implements PartitionEffect {}

  /** A route was fenced: checks whether this instance still owns the link. */
  record ProveOwnership() implements PartitionEffect {}

  /** Ends the link. */
  record FailLink(ReplicationException cause) implements PartitionEffect {}
}
