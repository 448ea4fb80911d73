package dev.twinlog.spi;

import java.util.Arrays;
import java.util.Objects;

/**
 * How far a route is copied, at the checkpoint of its {@link Progress}.
 *
 * @param route the route
 * @param written outputs that the checkpoint has passed since {@code sinkState} was issued, whether
 *     they were written since then or found in the target
 * @param targetNext the target offset after the last acknowledged record; 0 if none is known
 * @param sinkState the sink's state from its last {@link Recovery}; empty for a sink that can't
 *     recover, and after a run of the link without recoveries
 */
@SuppressWarnings("ArrayRecordComponent") // equal by content, see below; opaque and small
public record RouteProgress(Route route, long written, long targetNext, byte[] sinkState) {
  public RouteProgress {
    Objects.requireNonNull(route, "route");
    Objects.requireNonNull(sinkState, "sinkState");
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof RouteProgress other
        && route.equals(other.route)
        && written == other.written
        && targetNext == other.targetNext
        && Arrays.equals(sinkState, other.sinkState);
  }

  @Override
  public int hashCode() {
    return Objects.hash(route, written, targetNext, Arrays.hashCode(sinkState));
  }

  @Override
  public String toString() {
    return "%s, %d written, target next %d".formatted(route, written, targetNext);
  }
}
