package dev.twinlog.spi;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * The ability of a sink to find out, after any crash, what the target holds of a route; required
 * for {@code EXACTLY_ONCE}.
 *
 * <p><b>Threading.</b> As {@link Sink}; the stage may complete on any thread.
 *
 * <p><b>Errors.</b> The stage fails as a whole with a {@link ReplicationException}; the engine
 * retries after a retriable one.
 *
 * <p><b>Lifecycle.</b> Called once per opening of a route, for many routes at a time, before the
 * first write. No write of these routes is in flight meanwhile; writes of other routes may be.
 * {@link Sink#openWriter} is called first: the link's name and its threads, which a recovery may
 * need, are in the context of a writer. Never called for a link that is at-least-once ({@link
 * PluginContext#exactlyOnce()}).
 *
 * <p><b>Blocking.</b> Must not block: the work completes the stage.
 */
public interface RecoverableSink extends Sink {

  /**
   * Fences former owners of these routes, so that none of their writes can be appended any more,
   * and then finds out what the target holds.
   *
   * @param routes the routes with their progress; empty for a route that was never opened
   * @return a recovery for every route
   */
  CompletionStage<Map<Route, Recovery>> recover(Map<Route, Optional<RouteProgress>> routes);
}
