package dev.twinlog.spi;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * The ability to say, after any crash, what the target holds of a route: what {@code EXACTLY_ONCE}
 * needs.
 *
 * <p><b>Threading.</b> Called on the link's control thread; the stage may complete on any thread.
 *
 * <p><b>Errors.</b> The stage fails as a whole with a {@link ReplicationException}; the engine asks
 * again after a retriable one.
 *
 * <p><b>Lifecycle.</b> Asked once per opening of a route, in bulk, before its first write. A route
 * has no write under way while it is asked about; other routes may have. {@link Sink#openWriter} is
 * called first: what a recovery needs of the link (its name, threads) is in the context of a
 * writer. A link that is at-least-once never asks ({@link PluginContext#exactlyOnce()}).
 *
 * <p><b>Blocking.</b> Must not block: the work belongs behind the stage.
 */
public interface RecoverableSink extends Sink {

  /**
   * Fences former owners of these routes (afterwards none of their writes can land) and then says
   * what the target holds.
   *
   * @param routes the routes with what is known of them; empty for a route that was never opened
   * @return an answer for every route asked about
   */
  CompletionStage<Map<Route, Recovery>> recover(Map<Route, Optional<RouteProgress>> routes);
}
