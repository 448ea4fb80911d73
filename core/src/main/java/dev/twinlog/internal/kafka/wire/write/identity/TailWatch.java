package dev.twinlog.internal.kafka.wire.write.identity;

import dev.twinlog.internal.kafka.wire.ledger.rules.LedgerRules;
import dev.twinlog.internal.kafka.wire.ledger.session.LedgerSession;
import dev.twinlog.internal.kafka.wire.ledger.session.TailChecker;
import dev.twinlog.internal.kafka.wire.ledger.session.TailRecord;
import dev.twinlog.internal.kafka.wire.write.batch.InFlightBatches;
import dev.twinlog.internal.kafka.wire.write.batch.ProduceBatch;
import dev.twinlog.internal.kafka.wire.write.batch.WriteErrors;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.Route;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Checks that the target's log still ends with what a session has written: a broker that does not
 * know a producer accepts any sequence of it, so a session would not notice that the log has lost
 * its tail. Confined to the writer thread.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>under another leader epoch than that of the last record, or on another connection, nothing
 *       is sent before that record was read at its offset;
 *   <li>the first batch after such a check, after an opening without a fence, or after a long
 *       silence is sent alone, and its acknowledgement is passed on only after the record before it
 *       was checked once more: the leader may have changed between check and write;
 *   <li>no acknowledgement is passed on of a batch that was appended before the last record.
 * </ul>
 *
 * <p>So a route that keeps its leader needs no check after its opening.
 */
public final class TailWatch {
  /** No connection was used yet. */
  static final long NO_CONNECTION = 0;

  private final Route route;
  private final LedgerSession session;
  private final LedgerRules rules;
  private final TailChecker tailChecker;
  private final Consumer<Runnable> writer;
  private final LongSupplier nanoTime;

  private @Nullable TailRecord last;
  private int epoch;
  private long connection = NO_CONNECTION;
  private long seenNanos;
  private boolean bound;

  /** The leader epoch of the last successful check; what is sent next may go to that leader. */
  private int checkedEpoch;

  private long checkedConnection = NO_CONNECTION;

  private boolean checking;
  private @Nullable ProduceBatch verified;
  private @Nullable ReplicationException failure;

  /**
   * Starts with a new session.
   *
   * @param writer runs tasks on the writer thread, soon
   */
  TailWatch(
      Route route,
      LedgerSession session,
      TailChecker tailChecker,
      Consumer<Runnable> writer,
      LongSupplier nanoTime) {
    this.route = route;
    this.session = session;
    this.rules = session.tail().rules();
    this.tailChecker = tailChecker;
    this.writer = writer;
    this.nanoTime = nanoTime;
    this.last = session.tail().last().orElse(null);
    this.epoch = session.tail().leaderEpoch();
    this.seenNanos = nanoTime.getAsLong();
    // a fence is behind all records, and was written by this session
    this.bound = session.markedAtMs() != LedgerSession.NEVER;
  }

  /** Returns why the session has ended, if it has. */
  public Optional<ReplicationException> failure() {
    return Optional.ofNullable(failure);
  }

  /**
   * Whether a batch may be sent to a leader now; if not, a check is in flight or must wait for what
   * is in flight.
   *
   * @param over the connection that the batch would use; {@link #NO_CONNECTION} if there is none
   *     yet
   */
  public boolean maySend(int leaderEpoch, long over, boolean idle) {
    TailRecord known = last;
    if (failure != null || checking) {
      return false;
    }
    if (known == null || over == NO_CONNECTION || isKnown(leaderEpoch, over)) {
      return true;
    }
    bound = false;
    if (leaderEpoch == checkedEpoch && over == checkedConnection) {
      return true;
    }
    if (idle) {
      check(
          known,
          () -> {
            checkedEpoch = leaderEpoch;
            checkedConnection = over;
          });
    }
    return false;
  }

  private boolean isKnown(int leaderEpoch, long over) {
    // the connection is younger than the check of the opening, and the known leader is older
    boolean justFenced = connection == NO_CONNECTION && !rules.mustLookBehind(bound, quietNanos());
    return rules.continues(epoch, leaderEpoch, justFenced || connection == over);
  }

  private long quietNanos() {
    return nanoTime.getAsLong() - seenNanos;
  }

  /** Whether what is sent now must be acknowledged before anything else is sent. */
  public boolean isAlone() {
    return last != null && rules.mustLookBehind(bound, quietNanos());
  }

  /** Notes that a batch is sent. */
  public void sent(ProduceBatch batch, int leaderEpoch, long over) {
    if (isAlone()) {
      bound = false;
    }
    batch.sentUnder(leaderEpoch, over);
  }

  /** Whether the acknowledgement of the first batch may be passed on; starts a check if not. */
  public boolean confirms(ProduceBatch appended) {
    TailRecord known = last;
    if (known == null || failure != null) {
      if (failure == null) {
        confirm(appended);
      }
      return failure == null;
    }
    if (rules.wentBack(known.offset(), appended.baseOffset())) {
      failure =
          WriteErrors.appendedBefore(route, appended.sourceOffset(), appended.baseOffset(), known);
      return false;
    }
    if (appended == verified || !rules.mustLookBehind(bound, 0)) {
      confirm(appended);
      return true;
    }
    if (!checking) {
      check(known, () -> verified = appended);
    }
    return false;
  }

  private void confirm(ProduceBatch appended) {
    epoch = appended.leaderEpoch();
    connection = appended.connection();
    seenNanos = nanoTime.getAsLong();
    bound = true;
    verified = null;
    checkedConnection = NO_CONNECTION;
    int offset = appended.records() - 1;
    last =
        new TailRecord(
            appended.baseOffset() + offset,
            session.producerId(),
            session.epoch(),
            InFlightBatches.after(appended.sequence(), offset));
  }

  private void check(TailRecord known, Runnable there) {
    checking = true;
    tailChecker.look(
        route,
        session,
        known,
        new TailChecker.Seen() {
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
          checking = false;
          what.run();
        });
  }
}
