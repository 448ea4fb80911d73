package dev.twinlog.internal.kafka.records;

import dev.twinlog.internal.kafka.cluster.LazyAdmin;
import dev.twinlog.internal.kafka.cluster.SinkPath;
import dev.twinlog.internal.kafka.cluster.TargetTopics;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.Recovery;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteGuarantees.Guarantee;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.SinkWriter;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** The record path into a cluster. */
final class RecordSink implements SinkPath {
  private final LazyAdmin target;
  private final TargetTopics topics;

  RecordSink(LazyAdmin target, TargetTopics topics) {
    this.target = target;
    this.topics = topics;
  }

  @Override
  public SinkWriter openWriter(PluginContext context) {
    ProducerFactory producers = new ProducerFactory(target.settings(), context);
    return new RecordsWriter(
        context, topics, target.errors(), producers.maxRequestBytes(), producers);
  }

  @Override
  public CompletionStage<Map<Route, Recovery>> recover(
      Map<Route, Optional<RouteProgress>> routes, Set<Route> clean) {
    return CompletableFuture.failedFuture(
        new LinkFailedException("path RECORDS can't recover: ask for AT_LEAST_ONCE"));
  }

  @Override
  public Map<Route, Guarantee> guarantees() {
    return Map.of();
  }

  @Override
  public void close() {}
}
