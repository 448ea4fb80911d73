package dev.twinlog.internal.kafka.wire.ledger;

import dev.twinlog.internal.kafka.wire.ledger.request.RecoveryTask;
import dev.twinlog.internal.kafka.wire.ledger.rules.LedgerState.RecordId;
import dev.twinlog.internal.kafka.wire.ledger.session.TailChecker;
import dev.twinlog.internal.kafka.wire.ledger.session.TailRecord;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.Route;
import org.apache.kafka.common.Uuid;

/**
 * Checks once whether the last record of a route is still there. A log that is found too short
 * several times has lost it; if that was a former leader's log, the next opening finds that nothing
 * is lost.
 */
final class TailCheck extends RecoveryTask {
  private static final int LOOKS = 3;

  private final LastRecordCheck anchor;
  private final Uuid topicId;
  private final TailRecord last;
  private final TailChecker.Seen seen;
  private final Runnable ended;

  TailCheck(
      Route route,
      Uuid topicId,
      TailRecord last,
      LedgerParts parts,
      LastRecordCheck anchor,
      TailChecker.Seen seen,
      Runnable ended) {
    super(route, parts.timers());
    this.anchor = anchor;
    this.topicId = topicId;
    this.last = last;
    this.seen = seen;
    this.ended = ended;
  }

  @Override
  public void begin() {
    if (attempt() >= LOOKS) {
      over(seen::gone);
      return;
    }
    RecordId at = new RecordId(last.offset(), last.producerId(), last.epoch(), last.sequence());
    anchor.run(this, topicId, at, there -> over(there ? seen::there : seen::gone));
  }

  private void over(Runnable result) {
    if (!isOver()) {
      end();
      result.run();
      ended.run();
    }
  }

  @Override
  public void giveUp(String why) {
    over(() -> seen.unknown(why));
  }

  @Override
  public void fail(ReplicationException cause) {
    giveUp(String.valueOf(cause.getMessage()));
  }
}
