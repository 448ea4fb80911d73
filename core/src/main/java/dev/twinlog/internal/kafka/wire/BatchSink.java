package dev.twinlog.internal.kafka.wire;

import dev.twinlog.internal.batch.Compression;
import dev.twinlog.internal.kafka.cluster.LazyAdmin;
import dev.twinlog.internal.kafka.cluster.ProducerRegistry;
import dev.twinlog.internal.kafka.cluster.SinkPath;
import dev.twinlog.internal.kafka.cluster.TargetTopics;
import dev.twinlog.internal.kafka.wire.ledger.Ledger;
import dev.twinlog.internal.kafka.wire.ledger.LedgerPool;
import dev.twinlog.internal.kafka.wire.ledger.LedgerSettings;
import dev.twinlog.internal.kafka.wire.ledger.LedgerThread;
import dev.twinlog.internal.kafka.wire.ledger.rules.LedgerRules;
import dev.twinlog.internal.kafka.wire.ledger.rules.LedgerStateCodec;
import dev.twinlog.internal.kafka.wire.ledger.session.IssuedSessions;
import dev.twinlog.internal.kafka.wire.ledger.session.LateRequests;
import dev.twinlog.internal.kafka.wire.ledger.session.LedgerSession;
import dev.twinlog.internal.kafka.wire.ledger.session.Refresher;
import dev.twinlog.internal.kafka.wire.ledger.session.RouteGuaranteeRegistry;
import dev.twinlog.internal.kafka.wire.ledger.session.SteadyClock;
import dev.twinlog.internal.kafka.wire.ledger.session.TailChecker;
import dev.twinlog.internal.kafka.wire.ledger.session.TailRecord;
import dev.twinlog.internal.kafka.wire.ledger.session.TargetTimes;
import dev.twinlog.internal.kafka.wire.ledger.session.WriterSide;
import dev.twinlog.internal.kafka.wire.net.LiveCluster;
import dev.twinlog.internal.kafka.wire.net.NetSettings;
import dev.twinlog.internal.kafka.wire.write.BatchWriterFactory;
import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.Recovery;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteGuarantees.Guarantee;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.SinkWriter;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The batch path into a cluster: writers, and the ledger that they share. The ledger's threads live
 * from the first recovery to {@link #close()}.
 */
final class BatchSink implements SinkPath {
  private final LazyAdmin target;
  private final TargetTopics topics;
  private final Optional<Compression> recompress;
  private final WriterSide shared;
  private @Nullable PluginContext context;
  private @Nullable TargetTimes times;
  private volatile @Nullable LedgerPool ledger;

  BatchSink(
      LazyAdmin target,
      TargetTopics topics,
      Optional<Compression> recompress,
      ProducerRegistry producers) {
    this.target = target;
    this.topics = topics;
    this.recompress = recompress;
    this.shared =
        new WriterSide(
            new IssuedSessions(),
            this::refresh,
            this::look,
            new RouteGuaranteeRegistry(),
            new LateRequests(() -> BatchWriterFactory.maxRequestLifetime(target.settings())),
            producers);
  }

  @Override
  public SinkWriter openWriter(PluginContext asking) {
    if (asking.exactlyOnce()) {
      context = asking;
      if (times == null) {
        times = new BrokerTimes(target).read();
      }
    }
    return BatchWriterFactory.open(target, topics, asking, recompress, shared);
  }

  @Override
  public CompletionStage<Map<Route, Recovery>> recover(
      Map<Route, Optional<RouteProgress>> routes, Set<Route> clean) {
    try {
      return ledger(routes.size()).recover(routes, clean).whenComplete(this::note);
    } catch (ReplicationException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private void note(@Nullable Object answers, @Nullable Throwable failure) {
    if (failure == null) {
      target.errors().writable();
    }
  }

  private LedgerPool ledger(int routes) {
    LedgerPool running = ledger;
    if (running == null || !running.areAlive()) {
      close();
      running = open(routes);
      ledger = running;
    }
    return running;
  }

  private LedgerPool open(int routes) {
    PluginContext known = context;
    TargetTimes told = times;
    if (known == null || told == null) {
      throw new RetriableException(
          "routes can't be recovered before a writer was opened that is to keep each record once");
    }
    LedgerSettings settings =
        new LedgerSettings(
            known.link(),
            told,
            target.errors(),
            new SteadyClock(known.clock(), System::nanoTime),
            System::nanoTime,
            known::retrying,
            known::targetEnd);
    try {
      return new LedgerPool(routes, number -> thread(settings, known, number));
    } catch (RuntimeException e) {
      throw target.errors().link("connect", e);
    }
  }

  private LedgerThread thread(LedgerSettings settings, PluginContext known, int number) {
    String role = number == 0 ? "ledger" : "ledger-" + number;
    NetSettings net =
        NetSettings.of(target.settings().connections("%s-%s".formatted(role, known.link())));
    Ledger fresh = new Ledger(new LiveCluster(net), settings, new LedgerRules(), shared);
    return new LedgerThread(fresh, known.threads(role));
  }

  private void refresh(Route route, LedgerSession session, Refresher.Outcome outcome) {
    LedgerPool running = ledger;
    if (running != null) {
      running.refresh(route, session, outcome);
    }
  }

  private void look(Route route, LedgerSession session, TailRecord last, TailChecker.Seen seen) {
    LedgerPool running = ledger;
    if (running == null) {
      seen.unknown("the sink was closed");
    } else {
      running.look(route, session, last, seen);
    }
  }

  @Override
  public Set<Long> producerIds(RouteProgress route) {
    return LedgerStateCodec.producerIds(route);
  }

  @Override
  public Map<Route, Guarantee> guarantees() {
    return shared.guarantees().guarantees();
  }

  @Override
  public void close() {
    LedgerPool running = ledger;
    if (running != null) {
      running.close();
      ledger = null;
    }
  }
}
