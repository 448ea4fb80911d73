package dev.twinlog.internal.kafka.wire.write;

import dev.twinlog.internal.kafka.wire.ledger.LedgerRules;
import dev.twinlog.internal.kafka.wire.ledger.LedgerSession;
import dev.twinlog.internal.kafka.wire.ledger.TailLooks;
import dev.twinlog.internal.kafka.wire.ledger.TailRecord;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.Route;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Binds what a session writes to the log that it goes on: a broker that does not know a producer
 * takes any sequence of it, so a log that has lost its tail would go on as if nothing had happened.
 * Confined to the writer thread.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>under another leader epoch than that of the last record, or on another connection, nothing
 *       is sent before that record was seen where it was;
 *   <li>the first batch behind such a look, behind an opening without a fence, or behind a long
 *       silence travels alone, and its acknowledgement is passed on only after the record before it
 *       was seen once more: leaders may have changed between the look and the write;
 *   <li>no acknowledgement is passed on of a batch that landed before the last record.
 * </ul>
 *
 * <p>So a route that stays with its leader costs no look after its opening.
 */
final class TailWatch {
  /** No connection was used yet. */
  static final long NO_CONNECTION = 0;

  private final Route route;
  private final LedgerSession session;
  private final LedgerRules rules;
  private final TailLooks looks;
  private final Consumer<Runnable> writer;
  private final LongSupplier nanoTime;

  private @Nullable TailRecord last;
  private int epoch;
  private long connection = NO_CONNECTION;
  private long seenNanos;
  private boolean bound;

  /** The leadership that a look was answered for; what is sent next may go there. */
  private int lookedEpoch;

  private long lookedConnection = NO_CONNECTION;

  private boolean asking;
  private @Nullable ProduceBatch verified;
  private @Nullable ReplicationException failure;

  /**
   * The watch of a session that begins.
   *
   * @param writer runs what it is given on the writer thread, soon
   */
  TailWatch(
      Route route,
      LedgerSession session,
      TailLooks looks,
      Consumer<Runnable> writer,
      LongSupplier nanoTime) {
    this.route = route;
    this.session = session;
    this.rules = session.tail().rules();
    this.looks = looks;
    this.writer = writer;
    this.nanoTime = nanoTime;
    this.last = session.tail().last().orElse(null);
    this.epoch = session.tail().leaderEpoch();
    this.seenNanos = nanoTime.getAsLong();
    // a fence is behind everything, and this session's own
    this.bound = session.markedAtMs() != LedgerSession.NEVER;
  }

  /** Why the session is over, if it is. */
  Optional<ReplicationException> failure() {
    return Optional.ofNullable(failure);
  }

  /**
   * Whether a batch may be sent to a leader now; if not, a look is under way or must wait for what
   * is in flight.
   *
   * @param over the connection that it would take; {@link #NO_CONNECTION} if there is none yet
   */
  boolean maySend(int leaderEpoch, long over, boolean idle) {
    TailRecord known = last;
    if (failure != null || asking) {
      return false;
    }
    if (known == null || over == NO_CONNECTION || isKnown(leaderEpoch, over)) {
      return true;
    }
    bound = false;
    if (leaderEpoch == lookedEpoch && over == lookedConnection) {
      return true;
    }
    if (idle) {
      look(
          known,
          () -> {
            lookedEpoch = leaderEpoch;
            lookedConnection = over;
          });
    }
    return false;
  }

  private boolean isKnown(int leaderEpoch, long over) {
    // the connection is younger than the look of the opening, and what is known of the leader older
    boolean justFenced = connection == NO_CONNECTION && !rules.mustLookBehind(bound, quietNanos());
    return rules.continues(epoch, leaderEpoch, justFenced || connection == over);
  }

  private long quietNanos() {
    return nanoTime.getAsLong() - seenNanos;
  }

  /** Whether what is sent now must be acknowledged before anything else is sent. */
  boolean isAlone() {
    return last != null && rules.mustLookBehind(bound, quietNanos());
  }

  /** A batch is sent. */
  void sent(ProduceBatch batch, int leaderEpoch, long over) {
    if (isAlone()) {
      bound = false;
    }
    batch.sentUnder(leaderEpoch, over);
  }

  /** Whether the acknowledgement of the first batch may be passed on; asks for a look if not. */
  boolean confirms(ProduceBatch landed) {
    TailRecord known = last;
    if (known == null || failure != null) {
      if (failure == null) {
        confirm(landed);
      }
      return failure == null;
    }
    if (rules.wentBack(known.offset(), landed.baseOffset())) {
      failure = WriteErrors.landedBefore(route, landed.sourceOffset(), landed.baseOffset(), known);
      return false;
    }
    if (landed == verified || !rules.mustLookBehind(bound, 0)) {
      confirm(landed);
      return true;
    }
    if (!asking) {
      look(known, () -> verified = landed);
    }
    return false;
  }

  private void confirm(ProduceBatch landed) {
    epoch = landed.leaderEpoch();
    connection = landed.connection();
    seenNanos = nanoTime.getAsLong();
    bound = true;
    verified = null;
    lookedConnection = NO_CONNECTION;
    int offset = landed.records() - 1;
    last =
        new TailRecord(
            landed.baseOffset() + offset,
            session.producerId(),
            session.epoch(),
            InFlightBatches.after(landed.sequence(), offset));
  }

  private void look(TailRecord known, Runnable there) {
    asking = true;
    looks.look(
        route,
        session,
        known,
        new TailLooks.Seen() {
          @Override
          public void there() {
            answer(there);
          }

          @Override
          public void gone() {
            answer(() -> failure = WriteErrors.tailLost(route, known));
          }

          @Override
          public void unknown(String why) {
            answer(() -> failure = WriteErrors.tailUnseen(route, known, why));
          }
        });
  }

  private void answer(Runnable what) {
    writer.accept(
        () -> {
          asking = false;
          what.run();
        });
  }
}
