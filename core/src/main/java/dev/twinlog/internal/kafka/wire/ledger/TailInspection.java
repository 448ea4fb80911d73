package dev.twinlog.internal.kafka.wire.ledger;

import dev.twinlog.internal.kafka.wire.ledger.LedgerState.RecordId;
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
 * The second half of an opening: nothing of a former owner's can land any more, and what the log
 * holds between the progress and there is found out. Confined to the ledger's thread.
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
  private final ResponseHandler told;

  /**
   * The target's log.
   *
   * @param leaderEpoch under which what follows was seen
   * @param end where it ended when the opening began
   * @param limit nothing at or behind this is of former owners: the fence, if there is one
   * @param next no batch of the new session is before this
   */
  record Log(Uuid topicId, int leaderEpoch, long end, long limit, long next) {}

  /** Is told what was found, once. */
  interface ResponseHandler {
    /**
     * This.
     *
     * @param last the last record of the route that is known to be there
     */
    void answer(Recovery recovery, Optional<RecordId> last);

    void fail(ReplicationException cause);
  }

  /**
   * An examination that has not begun.
   *
   * @param formerOwnersSinceMs as {@link LedgerState} says
   * @param notes is added to: what people are told of it
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
      ResponseHandler told) {
    this.task = task;
    this.parts = parts;
    this.steps = steps;
    this.known = known;
    this.point = known.point().orElse(null);
    this.session = session;
    this.log = log;
    this.formerOwnersSinceMs = formerOwnersSinceMs;
    this.notes = notes;
    this.told = told;
  }

  private Route route() {
    return task.route();
  }

  /**
   * Finds out what is held.
   *
   * @param proof what was seen of the log's end on the way, if it could prove something
   * @param prints of that
   */
  void ofWhatIsHeld(Optional<TailProof> proof, LastFingerprints prints) {
    if (point == null || (known.clean() && !point.isInsideParts())) {
      held(Holding.NOTHING, prints);
    } else {
      RecoveryPoint behind = point;
      whetherAsLong(
          behind,
          asLong -> {
            long memoryMs = parts.settings().times().memoryMs();
            long proved =
                proof.map(tail -> tail.proved(parts.rules(), parts.wallMs(), memoryMs)).orElse(0L);
            if (asLong && proved > 0) {
              held(Holding.inOneRun(behind, proved), prints);
            } else {
              scan(behind, asLong ? behind.start() : behind.targetNext());
            }
          });
    }
  }

  /**
   * Whether the log has been as long ever since as where what follows the cut begins: else it has
   * lost that, and the session may have written in its place.
   */
  private void whetherAsLong(RecoveryPoint from, Consumer<Boolean> then) {
    int epoch = from.state().fromEpoch();
    long start = from.start();
    if (start == from.targetNext()) {
      then.accept(true);
    } else if (start > log.limit()) {
      then.accept(false);
    } else if (epoch == LedgerState.EPOCH_UNKNOWN || epoch == log.leaderEpoch()) {
      then.accept(true);
    } else {
      steps.anchor().reaches(task, log.topicId(), start, epoch, then);
    }
  }

  /**
   * Finds out why there is no progress although producer ids were given out before: to one that
   * died before it wrote, or is the progress gone?
   */
  void ofTraces(Set<Long> producerIds) {
    steps.trace().run(task, log.topicId(), Set.copyOf(producerIds), log.end(), this::traced);
  }

  private void traced(boolean found) {
    if (found) {
      String link = parts.settings().link();
      told.fail(new PartitionFailedException(GuaranteeReasons.lostProgress(route(), link)));
    } else {
      held(Holding.NOTHING, new LastFingerprints());
    }
  }

  private void scan(RecoveryPoint from, long start) {
    LastFingerprints prints = new LastFingerprints();
    Scan scan = new Scan(parts.rules(), from.expected(), start);
    steps
        .scan()
        .run(
            task,
            log.topicId(),
            scan,
            start,
            log.limit(),
            prints,
            () -> scanned(from, scan, prints));
  }

  private void scanned(RecoveryPoint from, Scan scan, LastFingerprints prints) {
    String broken = scan.broken();
    if (broken != null) {
      told.fail(new PartitionFailedException(GuaranteeReasons.broken(route(), broken)));
    } else if (scan.mayLackTail()) {
      // nothing of the route is left behind the cut, or not all: from the cut on it is sent again
      lost(Math.min(from.targetNext(), log.end()), from.last(), true, 0);
    } else {
      if (scan.twice() > 0) {
        notes.add(GuaranteeReasons.twice(scan.twice()));
      }
      held(new Holding(scan.count(), scan.runs(), scan.parts()), prints);
    }
  }

  /** Finds out what is left of a log that has lost its end. */
  void ofWhatIsLeft(boolean recreated) {
    if (point == null) {
      lost(log.end(), Optional.empty(), false, 0);
      return;
    }
    if (recreated) {
      lost(
          0,
          Optional.empty(),
          false,
          0); // whatever is there now, nothing of it is what was written
      return;
    }
    steps
        .survivor()
        .run(
            task,
            log.topicId(),
            point,
            log.limit(),
            new TruncationSearch.ResponseHandler() {
              @Override
              public void found(Optional<RecordId> last, long behind) {
                if (behind > 0) {
                  notes.add(GuaranteeReasons.again(behind));
                }
                lost(last.map(record -> record.offset() + 1).orElse(0L), last, true, behind);
              }
            });
  }

  private void held(Holding holding, LastFingerprints prints) {
    if (point == null && !known.first() && !known.clean()) {
      notes.add(GuaranteeReasons.MAY_REPEAT);
    }
    Optional<RecordId> last = point == null ? Optional.empty() : point.last();
    told.answer(
        new Recovery.SkipMatching(
            holding.count(),
            holding.runs(),
            holding.count() > 0 ? prints.prints() : List.of(),
            prints.timestampsIncluded(),
            state(holding.parts(), last)),
        holding.last().or(() -> last));
  }

  /**
   * Something is lost.
   *
   * @param sameTopic whether this is the topic that was written
   * @param behind how many records landed behind what was lost: they come again
   */
  private void lost(long survivingEnd, Optional<RecordId> last, boolean sameTopic, long behind) {
    told.answer(new Recovery.Lost(survivingEnd, state(List.of(), last), sameTopic, behind), last);
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
            anchor));
  }

  /** What the target holds behind the cut. */
  private record Holding(long count, List<TargetRun> runs, List<LedgerState.SequenceRange> parts) {
    static final Holding NOTHING = new Holding(0, List.of(), List.of());

    /** Where it is, what is before it is: who goes on behind it looks at it. */
    Optional<RecordId> last() {
      if (count == 0) {
        return Optional.empty();
      }
      LedgerState.SequenceRange part = parts.get(parts.size() - 1);
      return Optional.of(
          new RecordId(
              runs.get(runs.size() - 1).next() - 1,
              part.producerId(),
              part.epoch(),
              Sequences.plus(part.sequence(), part.count() - 1)));
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
