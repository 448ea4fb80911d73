package dev.twinlog.internal.kafka.wire.ledger;

import dev.twinlog.internal.kafka.wire.ledger.request.RecoveryTask;
import dev.twinlog.internal.kafka.wire.ledger.session.LedgerSession;
import dev.twinlog.internal.kafka.wire.ledger.session.Refresher;
import dev.twinlog.internal.kafka.wire.net.Leader;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.Route;
import java.nio.ByteBuffer;
import org.apache.kafka.common.protocol.Errors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes a marker at a session's own epoch. It fences no other owner; it keeps the producer's state
 * at the broker and its transactional id from expiring. Not retried; the writer requests the next
 * marker when it is due.
 */
final class Refresh extends RecoveryTask {
  private static final Logger LOG = LoggerFactory.getLogger(Refresh.class);

  private final LedgerParts parts;
  private final FenceStep fence;
  private final Identity identity;
  private final LedgerSession session;
  private final Refresher.Outcome outcome;
  private final Runnable ended;

  /**
   * Creates the task.
   *
   * @param outcome receives the result
   * @param ended runs when the task has ended, with or without a marker
   */
  Refresh(
      Route route,
      Identity identity,
      LedgerSession session,
      LedgerParts parts,
      FenceStep fence,
      Refresher.Outcome outcome,
      Runnable ended) {
    super(route, parts.timers());
    this.parts = parts;
    this.fence = fence;
    this.identity = identity;
    this.session = session;
    this.outcome = outcome;
    this.ended = ended;
  }

  @Override
  public void begin() {
    if (attempt() > 0) {
      giveUp("another session of the route has begun, or its topic was recreated");
    } else {
      parts.requests().coordinators.forget(identity.transactionalId());
      parts.requests().ends.submit(this, this::mark);
    }
  }

  private void mark(Leader leader, long end) {
    fence.run(
        this,
        new FenceStep.Fence(
            identity,
            true,
            leader.topicId(),
            end,
            end,
            new FenceStep.Watcher() {
              @Override
              public void visit(ByteBuffer batches, int at, int size) {
                // batches written meanwhile don't matter
              }

              @Override
              public void pause(ByteBuffer batches) {
                // no batch was kept
              }

              @Override
              public void fenced(long offset, int leaderEpoch) {
                end();
                parts.settings().ends().accept(route(), offset + 1);
                outcome.visible();
                ended.run();
              }
            }));
  }

  @Override
  public void onFenced(Errors error, String why) {
    if (error == Errors.INVALID_TXN_STATE) {
      giveUp(why); // does not prove that another instance has the transactional id
      return;
    }
    LOG.info("{} of {} has ended, its marker was refused: {}", session, route(), why);
    end();
    ended.run();
    outcome.fenced(why);
  }

  @Override
  public void giveUp(String why) {
    LOG.debug("no marker for {}, {}: {}", route(), session, why);
    end();
    ended.run();
  }

  @Override
  public void fail(ReplicationException cause) {
    if (!isOver()) {
      giveUp(String.valueOf(cause.getMessage()));
    }
  }
}
