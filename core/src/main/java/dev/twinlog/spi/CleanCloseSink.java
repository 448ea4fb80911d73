package dev.twinlog.spi;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/**
 * A {@link RecoverableSink} for which it is less work to open a route that was closed cleanly:
 * everything that was ever handed over was acknowledged, and the progress says so.
 *
 * <p>Threading, errors, lifecycle and blocking as {@link RecoverableSink}.
 */
public interface CleanCloseSink extends RecoverableSink {

  /**
   * As {@link RecoverableSink#recover}, which is this one with no clean route.
   *
   * @param clean those of the routes that nobody can still be writing: their progress is clean, or
   *     there is none on purpose, since the source topic was created again or the route is new to a
   *     partition that has one. A route without a progress that is not among these was never
   *     opened, or has lost its progress
   */
  CompletionStage<Map<Route, Recovery>> recover(
      Map<Route, Optional<RouteProgress>> routes, Set<Route> clean);

  @Override
  default CompletionStage<Map<Route, Recovery>> recover(
      Map<Route, Optional<RouteProgress>> routes) {
    return recover(routes, Set.of());
  }
}
