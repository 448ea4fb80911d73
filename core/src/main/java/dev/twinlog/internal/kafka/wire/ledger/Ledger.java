package dev.twinlog.internal.kafka.wire.ledger;

import dev.twinlog.internal.kafka.wire.ledger.request.Timers;
import dev.twinlog.internal.kafka.wire.ledger.rules.LedgerRules;
import dev.twinlog.internal.kafka.wire.ledger.rules.LedgerStateCodec;
import dev.twinlog.internal.kafka.wire.ledger.rules.RecoveryPoint;
import dev.twinlog.internal.kafka.wire.ledger.session.IssuedSessions;
import dev.twinlog.internal.kafka.wire.ledger.session.LedgerSession;
import dev.twinlog.internal.kafka.wire.ledger.session.Refresher;
import dev.twinlog.internal.kafka.wire.ledger.session.Tail;
import dev.twinlog.internal.kafka.wire.ledger.session.TailChecker;
import dev.twinlog.internal.kafka.wire.ledger.session.TailRecord;
import dev.twinlog.internal.kafka.wire.ledger.session.WriterSide;
import dev.twinlog.internal.kafka.wire.net.Cluster;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.Recovery;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteProgress;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Recovers routes: fences their former owners, finds out what the target already holds of each
 * route, and issues a session (producer id and epoch) to write it under.
 *
 * <p>Everything happens in {@link #poll}, which one thread calls; {@link #recover}, {@link
 * #refresh} and {@link #wakeup} may be called on any.
 */
public final class Ledger implements Refresher, TailChecker, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Ledger.class);
  private static final long WATCH_NANOS = Duration.ofMillis(250).toNanos();

  /** A transactional id is renewed when a third of its expiration time has passed without use. */
  private static final int RENEWALS = 3;

  private final Cluster cluster;
  private final LedgerSettings settings;
  private final LedgerParts parts;
  private final Steps steps;
  private final IssuedSessions sessions;
  private final Queue<Runnable> mailbox = new ConcurrentLinkedQueue<>();
  private final Map<Route, RouteRecovery> openings = new LinkedHashMap<>();
  private final Map<Route, Refresh> refreshes = new LinkedHashMap<>();
  private final Set<TailCheck> looks = new LinkedHashSet<>();
  private final Map<Route, Issued> issued = new LinkedHashMap<>();

  /** The identity under which each route was last opened. */
  private final Map<Route, Identity> lastOwn = new HashMap<>();

  private final Map<String, Integer> followed = new HashMap<>();
  private boolean watching;
  private boolean outdated;
  private volatile boolean closed;

  /** A session, and when its transactional id was last used. */
  private record Issued(Identity identity, LedgerSession session, long usedNanos) {}

  /**
   * Creates a ledger.
   *
   * @param shared receives the issued sessions and the guarantees of routes
   */
  public Ledger(Cluster cluster, LedgerSettings settings, LedgerRules rules, WriterSide shared) {
    this.cluster = cluster;
    this.settings = settings;
    this.sessions = shared.sessions();
    Timers timers = new Timers(settings.nanoTime());
    this.parts =
        new LedgerParts(
            settings,
            rules,
            timers,
            new LedgerRequests(cluster, timers, settings),
            new HangingTransactions(timers),
            shared.lateRequests(),
            shared.guarantees());
    this.steps = Steps.of(parts);
    timers.after(renewalNanos(), this::renew);
  }

  /** The routes of one call of {@link #recover}, which completes when all have a result. */
  private final class RecoverCall implements RouteRecovery.Outcome {
    final CompletableFuture<Map<Route, Recovery>> stage = new CompletableFuture<>();
    final Map<Route, Recovery> answers = new HashMap<>();
    final int wanted;

    RecoverCall(int wanted) {
      this.wanted = wanted;
    }

    @Override
    public void opened(
        RouteRecovery opening, Recovery recovery, Identity identity, LedgerSession session) {
      Route route = opening.route();
      LOG.debug("{}: {}, {}", route, session, recovery);
      sessions.issue(route, session);
      issued.put(route, new Issued(identity, session, parts.timers().now()));
      lastOwn.put(route, identity);
      answer(opening, recovery);
    }

    @Override
    public void failed(RouteRecovery opening, ReplicationException cause) {
      LOG.debug("{} was not opened", opening.route(), cause);
      if (cause instanceof LinkFailedException) {
        ended(opening);
        stage.completeExceptionally(cause);
      } else {
        answer(opening, new Recovery.Unknown(cause));
      }
    }

    private void answer(RouteRecovery opening, Recovery recovery) {
      ended(opening);
      answers.put(opening.route(), recovery);
      if (answers.size() == wanted) {
        stage.complete(answers);
      }
    }
  }

  /**
   * As {@link dev.twinlog.spi.CleanCloseSink#recover(Map, Set)}.
   *
   * @param clean routes whose last owner closed cleanly, so that no other owner writes them
   */
  public CompletionStage<Map<Route, Recovery>> recover(
      Map<Route, Optional<RouteProgress>> routes, Set<Route> clean) {
    RecoverCall call = new RecoverCall(routes.size());
    Map<Route, RouteRecovery.Known> requested = new LinkedHashMap<>();
    try {
      for (Map.Entry<Route, Optional<RouteProgress>> entry : routes.entrySet()) {
        Route route = entry.getKey();
        requested.put(route, known(route, entry.getValue(), clean.contains(route), call));
      }
    } catch (LinkFailedException e) {
      return CompletableFuture.failedFuture(e);
    }
    mailbox.add(() -> open(requested, call));
    if (closed) {
      // the closing thread may have emptied the mailbox before
      call.stage.completeExceptionally(closedException());
    } else {
      wakeup();
    }
    return call.stage;
  }

  private static RouteRecovery.Known known(
      Route route, Optional<RouteProgress> progress, boolean clean, RecoverCall call) {
    byte[] state = progress.map(RouteProgress::sinkState).orElse(new byte[0]);
    long targetNext = progress.map(RouteProgress::targetNext).orElse(0L);
    boolean foreign = LedgerStateCodec.isOfRecordPath(state);
    Optional<RecoveryPoint> point =
        progress
            .filter(known -> known.sinkState().length > 0 && !foreign)
            .map(
                known ->
                    new RecoveryPoint(
                        LedgerStateCodec.read(route, known.sinkState()),
                        known.written(),
                        known.targetNext()));
    if (foreign && !clean) {
      call.answers.put(route, new Recovery.Unknown(writtenByRecordPath(route)));
    }
    return new RouteRecovery.Known(progress.isEmpty() && !clean, clean, targetNext, point);
  }

  private static PartitionFailedException writtenByRecordPath(Route route) {
    return new PartitionFailedException(
        ("%s was written on the record path when the link ended without a clean close: start the link once"
                + " with path(DataPath.RECORDS) and close it, then continue with the batch path")
            .formatted(route));
  }

  private void open(Map<Route, RouteRecovery.Known> requested, RecoverCall call) {
    requested.keySet().removeAll(call.answers.keySet());
    if (requested.isEmpty()) {
      call.stage.complete(call.answers);
    }
    requested.forEach(
        (route, known) -> {
          RouteRecovery former = openings.get(route);
          if (former != null) {
            former.giveUp("its recovery was requested again");
          }
          issued.remove(route);
          follow(route);
          RouteRecovery opening =
              new RouteRecovery(route, known, isOwn(route, known), parts, steps, call);
          openings.put(route, opening);
          opening.begin();
        });
    watch();
  }

  /**
   * Whether the last session of the route was this ledger's, so that no other owner came after it.
   */
  private boolean isOwn(Route route, RouteRecovery.Known known) {
    Identity last = lastOwn.get(route);
    return last != null
        && known
            .point()
            .filter(
                point ->
                    point.state().producerId() == last.producerId()
                        && point.state().epoch() == last.epoch())
            .isPresent();
  }

  private void ended(RouteRecovery opening) {
    if (openings.remove(opening.route(), opening)) {
      unfollow(opening.route());
    }
  }

  @Override
  public void refresh(Route route, LedgerSession session, Outcome outcome) {
    mailbox.add(() -> mark(route, session, outcome));
    wakeup();
  }

  private void mark(Route route, LedgerSession session, Outcome outcome) {
    Issued current = issued.get(route);
    if (closed || current == null || current.session() != session || refreshes.containsKey(route)) {
      return;
    }
    follow(route);
    Refresh refresh =
        new Refresh(
            route,
            current.identity(),
            session,
            parts,
            steps.fence(),
            outcome,
            () -> marked(route, current));
    refreshes.put(route, refresh);
    refresh.begin();
    watch();
  }

  private void marked(Route route, Issued former) {
    refreshes.remove(route);
    unfollow(route);
    issued.replace(
        route, former, new Issued(former.identity(), former.session(), parts.timers().now()));
  }

  @Override
  public void look(Route route, LedgerSession session, TailRecord last, Seen seen) {
    mailbox.add(() -> look(route, session.tail(), last, seen));
    if (closed) {
      seen.unknown(String.valueOf(closedException().getMessage()));
    } else {
      wakeup();
    }
  }

  private void look(Route route, Tail tail, TailRecord last, Seen seen) {
    if (closed) {
      seen.unknown(String.valueOf(closedException().getMessage()));
      return;
    }
    follow(route);
    TailCheck[] itself = new TailCheck[1];
    TailCheck look =
        new TailCheck(
            route,
            tail.topicId(),
            last,
            parts,
            steps.lastRecord(),
            seen,
            () -> {
              looks.remove(itself[0]);
              unfollow(route);
            });
    itself[0] = look;
    looks.add(look);
    look.begin();
    watch();
  }

  private long renewalNanos() {
    return Duration.ofMillis(settings.times().identityMs()).toNanos() / RENEWALS;
  }

  /**
   * Writes a marker for routes that never request one because they are never idle: their
   * transactional id must not expire.
   */
  private void renew() {
    long now = parts.timers().now();
    issued.forEach(
        (route, known) -> {
          if (now - known.usedNanos() >= renewalNanos()) {
            refresh(route, known.session(), () -> {});
          }
        });
    parts.timers().after(renewalNanos() / RENEWALS, this::renew);
  }

  private void follow(Route route) {
    String topic = route.target().topic();
    if (followed.merge(topic, 1, Integer::sum) == 1) {
      cluster.follow(topic);
    }
  }

  private void unfollow(Route route) {
    String topic = route.target().topic();
    if (followed.merge(topic, -1, Integer::sum) == 0) {
      followed.remove(topic);
      cluster.forget(topic);
    }
  }

  private void watch() {
    if (!watching && !(openings.isEmpty() && refreshes.isEmpty() && looks.isEmpty())) {
      watching = true;
      parts
          .timers()
          .after(
              WATCH_NANOS,
              () -> {
                watching = false;
                parts.requests().watch();
                watch();
              });
    }
  }

  /** Does what is due, waiting at most {@code maxNanos}. */
  public void poll(long maxNanos) {
    try {
      step();
      cluster.poll(Math.min(maxNanos, parts.timers().nanosToNext()));
      step();
    } catch (KafkaException e) {
      // credentials or versions: concerns all routes
      failAll(settings.errors().link("recover routes", e));
      outdated |= settings.errors().isOutdated(e);
    }
  }

  private void step() {
    Runnable task = mailbox.poll();
    while (task != null) {
      task.run();
      task = mailbox.poll();
    }
    parts.timers().run();
    parts.requests().send();
  }

  private void failAll(ReplicationException cause) {
    for (RouteRecovery opening : List.copyOf(openings.values())) {
      opening.fail(cause);
    }
    for (Refresh refresh : List.copyOf(refreshes.values())) {
      refresh.fail(cause);
    }
    List.copyOf(looks).forEach(look -> look.fail(cause));
  }

  /**
   * Whether the ledger must be replaced, so that new connections read the TLS key and trust stores
   * again, or ask the config providers. Called on the polling thread.
   */
  boolean isOutdated() {
    return outdated;
  }

  /** Ends the {@link #poll} that is waiting or, if none is, the next one. Any thread. */
  public void wakeup() {
    cluster.wakeup();
  }

  private RetriableException closedException() {
    return new RetriableException("the ledger of link " + settings.link() + " was closed");
  }

  /** Fails all pending work and closes the connections. Called on the polling thread. */
  @Override
  public void close() {
    closed = true;
    Runnable task = mailbox.poll();
    while (task != null) {
      task.run();
      task = mailbox.poll();
    }
    failAll(closedException());
    cluster.close();
  }
}
