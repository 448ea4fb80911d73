package dev.twinlog.internal.kafka.cluster;

import dev.twinlog.spi.CleanCloseSink;
import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.Recovery;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteGuarantees.Guarantee;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.SinkWriter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/**
 * A data path into a cluster: opens writers, and recovers routes for exactly-once delivery.
 * Threading as in {@link CleanCloseSink}.
 */
public interface SinkPath extends AutoCloseable {

  /** Opens the writer of a lane. */
  SinkWriter openWriter(PluginContext context);

  /**
   * See {@link CleanCloseSink#recover(Map, Set)}. A writer was opened before, whose context
   * requires exactly-once delivery.
   */
  CompletionStage<Map<Route, Recovery>> recover(
      Map<Route, Optional<RouteProgress>> routes, Set<Route> clean);

  /** See {@link dev.twinlog.spi.RouteGuarantees}. */
  Map<Route, Guarantee> guarantees();

  /** Returns the producer ids that a route of this path has, as far as its progress has them. */
  default Set<Long> producerIds(RouteProgress route) {
    return Set.of();
  }

  /** Returns notes about internal topics, by topic. Any thread. */
  default Map<String, List<String>> notes() {
    return Map.of();
  }

  /**
   * Ends recovery, with its threads and connections; a writer that is opened later starts it again.
   */
  @Override
  void close();
}
