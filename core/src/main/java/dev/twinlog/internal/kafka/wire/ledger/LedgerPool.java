package dev.twinlog.internal.kafka.wire.ledger;

import dev.twinlog.internal.kafka.wire.ledger.session.LedgerSession;
import dev.twinlog.internal.kafka.wire.ledger.session.Refresher;
import dev.twinlog.internal.kafka.wire.ledger.session.TailChecker;
import dev.twinlog.internal.kafka.wire.ledger.session.TailRecord;
import dev.twinlog.spi.Recovery;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteProgress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntFunction;

/**
 * Distributes the routes of a link over several ledgers, each with its own thread and connections:
 * a broker handles the requests of a connection one after the other, and waits for replicas in
 * between. A route stays with the same ledger. Thread-safe, except {@link #recover} and {@link
 * #close}, which one thread calls.
 */
public final class LedgerPool implements Refresher, TailChecker, AutoCloseable {
  private static final int ROUTES_FOR_ONE = 250;
  private static final int MOST = 8;

  private final List<LedgerThread> threads = new ArrayList<>();

  /**
   * Starts the ledgers.
   *
   * @param routes how many routes there are at first
   * @param threads creates a ledger and its thread, by number
   */
  public LedgerPool(int routes, IntFunction<LedgerThread> threads) {
    int wanted = Math.max(1, Math.min(MOST, routes / ROUTES_FOR_ONE));
    try {
      for (int i = 0; i < wanted; i++) {
        this.threads.add(threads.apply(i));
      }
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /** Whether all ledger threads are alive. */
  public boolean areAlive() {
    return threads.stream().allMatch(LedgerThread::isAlive);
  }

  private Ledger ledger(Route route) {
    return threads.get(Math.floorMod(route.hashCode(), threads.size())).ledger();
  }

  /** As {@link Ledger#recover}. */
  public CompletionStage<Map<Route, Recovery>> recover(
      Map<Route, Optional<RouteProgress>> routes, Set<Route> clean) {
    Map<Ledger, Map<Route, Optional<RouteProgress>>> shares = new LinkedHashMap<>();
    routes.forEach(
        (route, known) ->
            shares
                .computeIfAbsent(ledger(route), ledger -> new LinkedHashMap<>())
                .put(route, known));
    Map<Route, Recovery> answers = new ConcurrentHashMap<>();
    CompletableFuture<Void> all = CompletableFuture.completedFuture(null);
    for (Map.Entry<Ledger, Map<Route, Optional<RouteProgress>>> share : shares.entrySet()) {
      Set<Route> own = new HashSet<>(share.getValue().keySet());
      own.retainAll(clean);
      all =
          all.thenCombine(
              share.getKey().recover(share.getValue(), own),
              (before, some) -> {
                answers.putAll(some);
                return null;
              });
    }
    return all.thenApply(done -> answers);
  }

  @Override
  public void refresh(Route route, LedgerSession session, Outcome outcome) {
    ledger(route).refresh(route, session, outcome);
  }

  @Override
  public void look(Route route, LedgerSession session, TailRecord last, Seen seen) {
    ledger(route).look(route, session, last, seen);
  }

  /** Ends the threads. Idempotent. */
  @Override
  public void close() {
    threads.forEach(LedgerThread::end);
    threads.forEach(LedgerThread::close);
  }
}
