package dev.twinlog.internal.kafka.wire.ledger;

import dev.twinlog.internal.kafka.wire.ledger.request.RecoveryTask;
import dev.twinlog.internal.kafka.wire.ledger.rules.LastFingerprints;
import dev.twinlog.internal.kafka.wire.ledger.rules.LedgerState;
import dev.twinlog.internal.kafka.wire.ledger.rules.LedgerState.RecordId;
import dev.twinlog.internal.kafka.wire.ledger.rules.LedgerStateCodec;
import dev.twinlog.internal.kafka.wire.ledger.rules.RecoveryPoint;
import dev.twinlog.internal.kafka.wire.ledger.rules.Scan;
import dev.twinlog.internal.kafka.wire.ledger.rules.Sequences;
import dev.twinlog.internal.kafka.wire.ledger.rules.TailProof;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.Recovery;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.TargetRun;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * The second half of an opening, when former owners can't write any more: finds out what the
 * target's log holds of the route after the progress. Confined to the ledger's thread.
 */
final class TailInspection {
  private final RecoveryTask task;
  private final LedgerParts parts;
  private final Steps steps;
  private final RouteRecovery.Known known;
  private final @Nullable RecoveryPoint point;
  private final Identity session;
  private final Log log;
  private final long formerOwnersSinceMs;
  private final Set<String> notes;
  private final ResponseHandler handler;

  /**
   * The target's log.
   *
   * @param leaderEpoch under which the following offsets were determined
   * @param end its end when the opening began
   * @param limit no batch at or after this is of former owners: the fence, if there is one
   * @param next no batch of the new session is before this
   */
  record Log(Uuid topicId, int leaderEpoch, long end, long limit, long next) {}

  /** Receives the result, once. */
  interface ResponseHandler {
    /**
     * Receives the recovery.
     *
     * @param last the last record of the route that is known to be there
     */
    void answer(Recovery recovery, Optional<RecordId> last);

    void fail(ReplicationException cause);
  }

  /**
   * Creates the inspection.
   *
   * @param formerOwnersSinceMs see {@link LedgerState}
   * @param notes receives reasons for the route's guarantee
   */
  TailInspection(
      RecoveryTask task,
      LedgerParts parts,
      Steps steps,
      RouteRecovery.Known known,
      Identity session,
      Log log,
      long formerOwnersSinceMs,
      Set<String> notes,
      ResponseHandler handler) {
    this.task = task;
    this.parts = parts;
    this.steps = steps;
    this.known = known;
    this.point = known.point().orElse(null);
    this.session = session;
    this.log = log;
    this.formerOwnersSinceMs = formerOwnersSinceMs;
    this.notes = notes;
    this.handler = handler;
  }

  private Route route() {
    return task.route();
  }

  /**
   * Finds out what the target holds after the progress.
   *
   * @param proof what was read of the log's end while fencing, if it could prove something
   * @param fingerprints the fingerprints of that
   */
  void inspectTail(Optional<TailProof> proof, LastFingerprints fingerprints) {
    if (point == null || (known.clean() && !point.isInsideFormerSessions())) {
      held(Holding.NOTHING, fingerprints);
    } else {
      RecoveryPoint behind = point;
      checkLength(
          behind,
          longEnough -> {
            long memoryMs = parts.settings().times().memoryMs();
            long proved =
                proof.map(tail -> tail.proved(parts.rules(), parts.wallMs(), memoryMs)).orElse(0L);
            if (longEnough && proved > 0) {
              held(Holding.inOneRun(behind, proved), fingerprints);
            } else {
              scan(behind, longEnough ? behind.start() : behind.targetNext());
            }
          });
    }
  }

  /**
   * Determines whether the log has always reached the lowest offset that the records after the
   * progress can have; if not, it lost its tail, and the session may have written below that
   * offset.
   */
  private void checkLength(RecoveryPoint from, Consumer<Boolean> then) {
    int epoch = from.state().fromEpoch();
    long start = from.start();
    if (start == from.targetNext()) {
      then.accept(true);
    } else if (start > log.limit()) {
      then.accept(false);
    } else if (epoch == LedgerState.EPOCH_UNKNOWN || epoch == log.leaderEpoch()) {
      then.accept(true);
    } else {
      steps.lastRecord().reaches(task, log.topicId(), start, epoch, then);
    }
  }

  /**
   * Finds out why there is no progress although there were producer ids before: did the former
   * owner end before it wrote, or is the progress lost?
   */
  void inspectOrphans(Set<Long> producerIds) {
    steps
        .orphans()
        .run(task, log.topicId(), Set.copyOf(producerIds), log.end(), this::orphansChecked);
  }

  private void orphansChecked(boolean found) {
    if (found) {
      String link = parts.settings().link();
      handler.fail(new PartitionFailedException(GuaranteeReasons.lostProgress(route(), link)));
    } else {
      held(Holding.NOTHING, new LastFingerprints());
    }
  }

  private void scan(RecoveryPoint from, long start) {
    LastFingerprints fingerprints = new LastFingerprints();
    Scan scan = new Scan(parts.rules(), from.expected(), start);
    steps
        .scan()
        .run(
            task,
            log.topicId(),
            scan,
            start,
            log.limit(),
            fingerprints,
            () -> scanned(from, scan, fingerprints));
  }

  private void scanned(RecoveryPoint from, Scan scan, LastFingerprints fingerprints) {
    String broken = scan.broken();
    if (broken != null) {
      handler.fail(new PartitionFailedException(GuaranteeReasons.broken(route(), broken)));
    } else if (scan.mayLackTail()) {
      // none or not all of the records after the progress are left: they are all written again
      lost(Math.min(from.targetNext(), log.end()), from.last(), true, 0);
    } else {
      if (scan.duplicates() > 0) {
        notes.add(GuaranteeReasons.duplicates(scan.duplicates()));
      }
      held(new Holding(scan.count(), scan.runs(), scan.ranges()), fingerprints);
    }
  }

  /** Finds out what is left of a log that has lost its tail. */
  void inspectLoss(boolean recreated) {
    if (point == null) {
      lost(log.end(), Optional.empty(), false, 0);
      return;
    }
    if (recreated) {
      lost(0, Optional.empty(), false, 0); // a recreated topic holds nothing of what was written
      return;
    }
    steps
        .truncation()
        .run(
            task,
            log.topicId(),
            point,
            log.limit(),
            new TruncationSearch.ResponseHandler() {
              @Override
              public void found(Optional<RecordId> last, long behind) {
                if (behind > 0) {
                  notes.add(GuaranteeReasons.writtenAgain(behind));
                }
                lost(last.map(record -> record.offset() + 1).orElse(0L), last, true, behind);
              }
            });
  }

  private void held(Holding holding, LastFingerprints fingerprints) {
    if (point == null && !known.first() && !known.clean()) {
      notes.add(GuaranteeReasons.MAY_REPEAT);
    }
    Optional<RecordId> last = point == null ? Optional.empty() : point.last();
    handler.answer(
        new Recovery.SkipMatching(
            holding.count(),
            holding.runs(),
            holding.count() > 0 ? fingerprints.fingerprints() : List.of(),
            fingerprints.timestampsIncluded(),
            state(holding.ranges(), last)),
        holding.last().or(() -> last));
  }

  /**
   * Reports a loss.
   *
   * @param sameTopic whether this is the topic that was written
   * @param behind how many records were appended after the lost ones: they are written again
   */
  private void lost(long survivingEnd, Optional<RecordId> last, boolean sameTopic, long behind) {
    handler.answer(
        new Recovery.Lost(survivingEnd, state(List.of(), last), sameTopic, behind), last);
  }

  private byte[] state(List<LedgerState.SequenceRange> left, Optional<RecordId> anchor) {
    return LedgerStateCodec.write(
        new LedgerState(
            session.generation(),
            session.producerId(),
            session.epoch(),
            log.topicId(),
            formerOwnersSinceMs,
            log.next(),
            log.leaderEpoch(),
            left,
            anchor,
            point == null ? List.of() : point.state().formerProducersOf(session.producerId())));
  }

  /** What the target holds after the progress. */
  private record Holding(long count, List<TargetRun> runs, List<LedgerState.SequenceRange> ranges) {
    static final Holding NOTHING = new Holding(0, List.of(), List.of());

    /**
     * The last record: while it is there, so are those before it, so the next session checks it.
     */
    Optional<RecordId> last() {
      if (count == 0) {
        return Optional.empty();
      }
      LedgerState.SequenceRange range = ranges.get(ranges.size() - 1);
      return Optional.of(
          new RecordId(
              runs.get(runs.size() - 1).next() - 1,
              range.producerId(),
              range.epoch(),
              Sequences.plus(range.sequence(), range.count() - 1)));
    }

    static Holding inOneRun(RecoveryPoint point, long count) {
      LedgerState.SequenceRange session = point.expected().get(0);
      return new Holding(
          count,
          List.of(new TargetRun(point.start(), count)),
          List.of(
              new LedgerState.SequenceRange(
                  session.producerId(),
                  session.epoch(),
                  session.sequence(),
                  count,
                  point.start())));
    }
  }
}
