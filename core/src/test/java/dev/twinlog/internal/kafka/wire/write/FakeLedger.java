package dev.twinlog.internal.kafka.wire.write;

import dev.twinlog.internal.kafka.cluster.ProducerRegistry;
import dev.twinlog.internal.kafka.wire.ledger.session.IssuedSessions;
import dev.twinlog.internal.kafka.wire.ledger.session.LateRequests;
import dev.twinlog.internal.kafka.wire.ledger.session.LedgerSession;
import dev.twinlog.internal.kafka.wire.ledger.session.Refresher;
import dev.twinlog.internal.kafka.wire.ledger.session.RouteGuaranteeRegistry;
import dev.twinlog.internal.kafka.wire.ledger.session.SteadyClock;
import dev.twinlog.internal.kafka.wire.ledger.session.Tail;
import dev.twinlog.internal.kafka.wire.ledger.session.TailChecker;
import dev.twinlog.internal.kafka.wire.ledger.session.TailRecord;
import dev.twinlog.internal.kafka.wire.ledger.session.WriterSide;
import dev.twinlog.internal.kafka.wire.write.identity.IdentityContext;
import dev.twinlog.internal.kafka.wire.write.identity.IdentityProvider;
import dev.twinlog.internal.kafka.wire.write.identity.LedgerIdentityProvider;
import dev.twinlog.spi.Lease;
import dev.twinlog.spi.Route;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Issues sessions to a writer's routes, as the ledger does, and notes which markers are requested.
 */
final class FakeLedger {
  static final Duration MAX_REQUEST_LIFETIME = Duration.ofSeconds(30);

  final long memoryMs;
  final IssuedSessions sessions = new IssuedSessions();
  final RouteGuaranteeRegistry board = new RouteGuaranteeRegistry();
  final LateRequests lateRequests = new LateRequests(() -> MAX_REQUEST_LIFETIME);
  final List<Route> refreshed = new ArrayList<>();
  private final Map<Route, Refresher.Outcome> visible = new HashMap<>();
  boolean holds = true;
  boolean ending;
  boolean alone = true;

  /** How much faster time runs for waiting routes. */
  long haste = 1;

  private final Map<Route, LedgerSession> current = new HashMap<>();

  FakeLedger(long memoryMs) {
    this.memoryMs = memoryMs;
  }

  /** A requested check of the last record. */
  record TailCheck(Route route, TailRecord last, TailChecker.Seen seen) {}

  /** Whether checks are answered by the test, and not at once. */
  boolean deferChecks;

  final List<TailCheck> tailChecks = new ArrayList<>();

  IdentityProvider identities(FakeTarget target) {
    Lease lease =
        new Lease() {
          @Override
          public boolean holds() {
            return holds;
          }

          @Override
          public boolean isEnding() {
            return ending || !holds;
          }

          @Override
          public boolean formerOwnersExpired() {
            return alone;
          }
        };
    WriterSide side =
        new WriterSide(
            sessions,
            (route, session, told) -> {
              refreshed.add(route);
              visible.put(route, told);
            },
            (route, session, last, seen) -> {
              tailChecks.add(new TailCheck(route, last, seen));
              if (!deferChecks) {
                seen.there();
              }
            },
            board,
            lateRequests,
            ProducerRegistry.NONE);
    return new LedgerIdentityProvider(
        new IdentityContext(
            side,
            new IdentityContext.Leases(lease, route -> lease),
            new SteadyClock(target.clock(), target::now),
            () -> haste * target.now()),
        target::wakeup);
  }

  /** Makes the last requested marker visible. */
  void marked(Route route) {
    visible.get(route).visible();
  }

  /** Refuses the last requested marker. */
  void fenced(Route route, String why) {
    visible.get(route).fenced(why);
  }

  LedgerSession session(Route route) {
    return current.get(route);
  }

  /** The tail for the next sessions. */
  Tail tail = Tail.ofNothing(0);

  /** Returns a session for the next opening; one epoch above the last. */
  LedgerSession issue(Route route, boolean formerOwners, long markedAtMs) {
    LedgerSession last = current.get(route);
    long id = last == null ? 7_000 + current.size() : last.producerId();
    short epoch = (short) (last == null ? 0 : last.epoch() + 1);
    LedgerSession session = new LedgerSession(id, epoch, memoryMs, formerOwners, markedAtMs, tail);
    current.put(route, session);
    sessions.issue(route, session);
    return session;
  }
}
