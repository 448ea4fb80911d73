package dev.twinlog.spi;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/**
 * A {@link RecoverableSink} that opens a cleanly closed route with less work. A route was closed
 * cleanly if every write was acknowledged and the saved progress says so.
 *
 * <p>Threading, errors, lifecycle and blocking as {@link RecoverableSink}.
 */
public interface CleanCloseSink extends RecoverableSink {

  /**
   * As {@link RecoverableSink#recover}, which is the same without clean routes.
   *
   * @param clean the routes that no former owner can still write: their progress is clean, or they
   *     have none since the source topic was recreated or the route is new in a partition that has
   *     progress. Any other route without progress was never opened, or has lost its progress
   */
  CompletionStage<Map<Route, Recovery>> recover(
      Map<Route, Optional<RouteProgress>> routes, Set<Route> clean);

  @Override
  default CompletionStage<Map<Route, Recovery>> recover(
      Map<Route, Optional<RouteProgress>> routes) {
    return recover(routes, Set.of());
  }
}
