package dev.twinlog.internal.kafka.records;

import dev.twinlog.internal.kafka.cluster.LazyAdmin;
import dev.twinlog.internal.kafka.cluster.SinkPath;
import dev.twinlog.internal.kafka.cluster.TargetTopics;
import dev.twinlog.internal.kafka.records.idempotent.RecordsWriter;
import dev.twinlog.internal.kafka.records.transactional.TransactionalSink;
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
 * The record path's access to a target cluster: producers without transactions for a link that
 * delivers at least once, transactional ones for a link that delivers exactly once.
 */
final class RecordSink implements SinkPath {
  private final LazyAdmin target;
  private final TargetTopics topics;
  private final TransactionalSink transactional;

  RecordSink(LazyAdmin target, TargetTopics topics) {
    this.target = target;
    this.topics = topics;
    this.transactional = new TransactionalSink(target, topics);
  }

  @Override
  public SinkWriter openWriter(PluginContext context) {
    return context.exactlyOnce()
        ? transactional.openWriter(context)
        : RecordsWriter.open(target, topics, context);
  }

  @Override
  public CompletionStage<Map<Route, Recovery>> recover(
      Map<Route, Optional<RouteProgress>> routes, Set<Route> clean) {
    return transactional.recover(routes, clean);
  }

  @Override
  public Map<Route, Guarantee> guarantees() {
    return transactional.guarantees();
  }

  @Override
  public Map<String, List<String>> notes() {
    return transactional.notes();
  }

  @Override
  public void close() {
    transactional.close();
  }
}
