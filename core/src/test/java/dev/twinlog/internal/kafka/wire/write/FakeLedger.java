package dev.twinlog.internal.kafka.wire.write;

import dev.twinlog.internal.kafka.wire.ledger.GuaranteeBoard;
import dev.twinlog.internal.kafka.wire.ledger.LedgerSession;
import dev.twinlog.internal.kafka.wire.ledger.Sessions;
import dev.twinlog.internal.kafka.wire.ledger.WriterSide;
import dev.twinlog.spi.Lease;
import dev.twinlog.spi.Route;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Issues sessions to a writer's routes, as a ledger does, and notes which markers are wanted. */
final class FakeLedger {
  final long memoryMs;
  final Sessions sessions = new Sessions();
  final GuaranteeBoard board = new GuaranteeBoard();
  final List<Route> refreshed = new ArrayList<>();
  boolean holds = true;
  boolean alone = true;
  private final Map<Route, LedgerSession> current = new HashMap<>();

  FakeLedger(long memoryMs) {
    this.memoryMs = memoryMs;
  }

  Identities identities(FakeTarget target) {
    Lease lease =
        new Lease() {
          @Override
          public boolean holds() {
            return holds;
          }

          @Override
          public boolean isAlone() {
            return alone;
          }
        };
    WriterSide side = new WriterSide(sessions, (route, session) -> refreshed.add(route), board);
    return new LedgerIdentities(new LedgerParts(side, lease, target.clock(), target::now));
  }

  LedgerSession session(Route route) {
    return current.get(route);
  }

  /** A session for the next opening; one epoch above the last. */
  LedgerSession issue(Route route, boolean rivals, long markedAtMs) {
    LedgerSession last = current.get(route);
    long id = last == null ? 7_000 + current.size() : last.producerId();
    short epoch = (short) (last == null ? 0 : last.epoch() + 1);
    LedgerSession session = new LedgerSession(id, epoch, memoryMs, rivals, markedAtMs);
    current.put(route, session);
    sessions.issue(route, session);
    return session;
  }
}
