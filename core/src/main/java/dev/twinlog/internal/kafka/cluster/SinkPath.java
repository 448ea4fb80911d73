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
 * One way for records into a cluster: its writers, and what they need to keep each record once.
 * Threads as {@link CleanCloseSink} says.
 */
public interface SinkPath extends AutoCloseable {

  /** Opens the writer of a lane. */
  SinkWriter openWriter(PluginContext context);

  /**
   * See {@link CleanCloseSink#recover(Map, Set)}. A writer was opened before, whose context
   * promises each record once.
   */
  CompletionStage<Map<Route, Recovery>> recover(
      Map<Route, Optional<RouteProgress>> routes, Set<Route> clean);

  /** See {@link dev.twinlog.spi.RouteGuarantees}. */
  Map<Route, Guarantee> guarantees();

  /** What is worth knowing of topics that it keeps for itself, by topic. Any thread. */
  default Map<String, List<String>> notes() {
    return Map.of();
  }

  /** Ends what recovers, with its threads and connections; a writer opened later begins anew. */
  @Override
  void close();
}
