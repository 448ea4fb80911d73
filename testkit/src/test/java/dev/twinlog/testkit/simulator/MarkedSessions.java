package dev.twinlog.testkit.simulator;

import dev.twinlog.internal.kafka.wire.ledger.session.IssuedSessions;
import dev.twinlog.internal.kafka.wire.ledger.session.LedgerSession;
import dev.twinlog.spi.DrivenSinkWriter;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.WriteAck;
import java.time.Duration;
import java.util.concurrent.CompletionStage;

/**
 * A broken part: reports to a writer that each session has a new marker of its own in the target.
 */
final class MarkedSessions implements DrivenSinkWriter {
  /** Later than any clock. */
  private static final long LATE_MS = 4_000_000_000_000L;

  private final DrivenSinkWriter writer;
  private final IssuedSessions sessions;

  MarkedSessions(DrivenSinkWriter writer, IssuedSessions sessions) {
    this.writer = writer;
    this.sessions = sessions;
  }

  @Override
  public void open(Route route) {
    LedgerSession session = sessions.take(route).orElse(null);
    if (session != null) {
      sessions.issue(
          route,
          new LedgerSession(
              session.producerId(),
              session.epoch(),
              session.memoryMs(),
              session.formerOwners(),
              LATE_MS,
              session.tail()));
    }
    writer.open(route);
  }

  @Override
  public void abandon(Route route) {
    writer.abandon(route);
  }

  @Override
  public CompletionStage<WriteAck> write(Route route, ReplicationBatch batch) {
    return writer.write(route, batch);
  }

  @Override
  public void poll(Duration maxWait) {
    writer.poll(maxWait);
  }

  @Override
  public void wakeup() {
    writer.wakeup();
  }

  @Override
  public void close() {
    writer.close();
  }
}
