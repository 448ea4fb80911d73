package dev.twinlog.internal.kafka.wire.ledger;

import dev.twinlog.internal.kafka.wire.ledger.LedgerState.RecordId;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.Route;
import org.apache.kafka.common.Uuid;

/**
 * One look at the last record of a route. A log that is found too short several times has lost it;
 * should it be a former leader's, then the next opening finds that nothing is lost.
 */
final class TailLook extends RecoveryTask {
  private static final int LOOKS = 3;

  private final LastRecordCheck anchor;
  private final Uuid topicId;
  private final TailRecord last;
  private final TailLooks.Seen seen;
  private final Runnable ended;

  TailLook(
      Route route,
      Uuid topicId,
      TailRecord last,
      LedgerParts parts,
      LastRecordCheck anchor,
      TailLooks.Seen seen,
      Runnable ended) {
    super(route, parts.timers());
    this.anchor = anchor;
    this.topicId = topicId;
    this.last = last;
    this.seen = seen;
    this.ended = ended;
  }

  @Override
  void begin() {
    if (attempt() >= LOOKS) {
      over(seen::gone);
      return;
    }
    RecordId at = new RecordId(last.offset(), last.producerId(), last.epoch(), last.sequence());
    anchor.run(this, topicId, at, there -> over(there ? seen::there : seen::gone));
  }

  private void over(Runnable told) {
    if (!isOver()) {
      end();
      told.run();
      ended.run();
    }
  }

  @Override
  void giveUp(String why) {
    over(() -> seen.unknown(why));
  }

  @Override
  void fail(ReplicationException cause) {
    giveUp(String.valueOf(cause.getMessage()));
  }
}
