package dev.twinlog.internal.kafka.wire;

import dev.twinlog.internal.batch.Compression;
import dev.twinlog.internal.kafka.cluster.LazyAdmin;
import dev.twinlog.internal.kafka.cluster.SinkPath;
import dev.twinlog.internal.kafka.cluster.TargetTopics;
import dev.twinlog.internal.kafka.wire.write.BatchWriters;
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

/** The batch path into a cluster. */
final class BatchSink implements SinkPath {
  private final LazyAdmin target;
  private final TargetTopics topics;
  private final Optional<Compression> recompress;

  BatchSink(LazyAdmin target, TargetTopics topics, Optional<Compression> recompress) {
    this.target = target;
    this.topics = topics;
    this.recompress = recompress;
  }

  @Override
  public SinkWriter openWriter(PluginContext context) {
    return BatchWriters.open(target, topics, context, recompress);
  }

  @Override
  public CompletionStage<Map<Route, Recovery>> recover(
      Map<Route, Optional<RouteProgress>> routes, Set<Route> clean) {
    return CompletableFuture.failedFuture(
        new LinkFailedException("path BATCHES can't recover: ask for AT_LEAST_ONCE"));
  }

  @Override
  public Map<Route, Guarantee> guarantees() {
    return Map.of();
  }

  @Override
  public void close() {}
}
