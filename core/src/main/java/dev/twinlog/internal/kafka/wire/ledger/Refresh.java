package dev.twinlog.internal.kafka.wire.ledger;

import dev.twinlog.internal.kafka.wire.net.Leader;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.Route;
import java.nio.ByteBuffer;
import org.apache.kafka.common.protocol.Errors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A marker at a session's own epoch. Nobody is fenced by it; broker and coordinator see that the
 * producer lives. It is tried once: who has written it in vain asks again when it is due.
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
   * A marker that is wanted.
   *
   * @param outcome is told how it went
   * @param ended is told when this is over, however it went
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
  void begin() {
    if (attempt() > 0) {
      giveUp("another session of the route has begun, or its topic was created again");
    } else {
      parts.requests().coordinators.forget(identity.transactionalId());
      parts.requests().ends.ask(this, this::mark);
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
                // whatever is written meanwhile
              }

              @Override
              public void pause(ByteBuffer batches) {
                // nothing was kept
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
  void taken(Errors error, String why) {
    if (error == Errors.INVALID_TXN_STATE) {
      giveUp(why); // does not say that somebody else has the identity
      return;
    }
    LOG.info("{} of {} is over, its marker was refused: {}", session, route(), why);
    end();
    ended.run();
    outcome.fenced(why);
  }

  @Override
  void giveUp(String why) {
    LOG.debug("no marker for {}, {}: {}", route(), session, why);
    end();
    ended.run();
  }

  @Override
  void fail(ReplicationException cause) {
    if (!isOver()) {
      giveUp(String.valueOf(cause.getMessage()));
    }
  }
}
