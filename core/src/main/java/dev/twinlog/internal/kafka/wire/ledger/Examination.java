package dev.twinlog.internal.kafka.wire.ledger;

import dev.twinlog.internal.kafka.wire.ledger.LedgerState.Landmark;
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
final class Examination {
  private final Job job;
  private final LedgerParts parts;
  private final Steps steps;
  private final Opening.Known known;
  private final @Nullable Cut cut;
  private final Identity session;
  private final Log log;
  private final long rivalsSinceMs;
  private final Set<String> notes;
  private final Told told;

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
  interface Told {
    /**
     * This.
     *
     * @param last the last record of the route that is known to be there
     */
    void answer(Recovery recovery, Optional<Landmark> last);

    void fail(ReplicationException cause);
  }

  /**
   * An examination that has not begun.
   *
   * @param rivalsSinceMs as {@link LedgerState} says
   * @param notes is added to: what people are told of it
   */
  Examination(
      Job job,
      LedgerParts parts,
      Steps steps,
      Opening.Known known,
      Identity session,
      Log log,
      long rivalsSinceMs,
      Set<String> notes,
      Told told) {
    this.job = job;
    this.parts = parts;
    this.steps = steps;
    this.known = known;
    this.cut = known.cut().orElse(null);
    this.session = session;
    this.log = log;
    this.rivalsSinceMs = rivalsSinceMs;
    this.notes = notes;
    this.told = told;
  }

  private Route route() {
    return job.route();
  }

  /**
   * Finds out what is held.
   *
   * @param proof what was seen of the log's end on the way, if it could prove something
   * @param prints of that
   */
  void ofWhatIsHeld(Optional<TailProof> proof, LastPrints prints) {
    if (cut == null || (known.clean() && !cut.isInsideParts())) {
      held(Holding.NOTHING, prints);
    } else {
      Cut behind = cut;
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
  private void whetherAsLong(Cut from, Consumer<Boolean> then) {
    int epoch = from.state().fromEpoch();
    long start = from.start();
    if (start == from.targetNext()) {
      then.accept(true);
    } else if (start > log.limit()) {
      then.accept(false);
    } else if (epoch == LedgerState.EPOCH_UNKNOWN || epoch == log.leaderEpoch()) {
      then.accept(true);
    } else {
      steps.anchor().reaches(job, log.topicId(), start, epoch, then);
    }
  }

  /**
   * Finds out why there is no progress although producer ids were given out before: to one that
   * died before it wrote, or is the progress gone?
   */
  void ofTraces(Set<Long> producerIds) {
    steps.trace().run(job, log.topicId(), Set.copyOf(producerIds), log.end(), this::traced);
  }

  private void traced(boolean found) {
    if (found) {
      String link = parts.settings().link();
      told.fail(new PartitionFailedException(Notes.lostProgress(route(), link)));
    } else {
      held(Holding.NOTHING, new LastPrints());
    }
  }

  private void scan(Cut from, long start) {
    LastPrints prints = new LastPrints();
    Scan scan = new Scan(parts.rules(), from.expected(), start);
    steps
        .scan()
        .run(
            job,
            log.topicId(),
            scan,
            start,
            log.limit(),
            prints,
            () -> scanned(from, scan, prints));
  }

  private void scanned(Cut from, Scan scan, LastPrints prints) {
    String broken = scan.broken();
    if (broken != null) {
      told.fail(new PartitionFailedException(Notes.broken(route(), broken)));
    } else if (scan.mayLackTail()) {
      // nothing of the route is left behind the cut, or not all: from the cut on it is sent again
      lost(Math.min(from.targetNext(), log.end()), from.last(), true, 0);
    } else {
      if (scan.twice() > 0) {
        notes.add(Notes.twice(scan.twice()));
      }
      held(new Holding(scan.count(), scan.runs(), scan.parts()), prints);
    }
  }

  /** Finds out what is left of a log that has lost its end. */
  void ofWhatIsLeft(boolean recreated) {
    if (cut == null) {
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
            job,
            log.topicId(),
            cut,
            log.limit(),
            new SurvivorStep.Told() {
              @Override
              public void found(Optional<Landmark> last, long behind) {
                if (behind > 0) {
                  notes.add(Notes.again(behind));
                }
                lost(last.map(record -> record.offset() + 1).orElse(0L), last, true, behind);
              }
            });
  }

  private void held(Holding holding, LastPrints prints) {
    if (cut == null && !known.first() && !known.clean()) {
      notes.add(Notes.MAY_REPEAT);
    }
    Optional<Landmark> last = cut == null ? Optional.empty() : cut.last();
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
  private void lost(long survivingEnd, Optional<Landmark> last, boolean sameTopic, long behind) {
    told.answer(new Recovery.Lost(survivingEnd, state(List.of(), last), sameTopic, behind), last);
  }

  private byte[] state(List<LedgerState.Part> left, Optional<Landmark> anchor) {
    return LedgerStates.write(
        new LedgerState(
            session.generation(),
            session.producerId(),
            session.epoch(),
            log.topicId(),
            rivalsSinceMs,
            log.next(),
            log.leaderEpoch(),
            left,
            anchor));
  }

  /** What the target holds behind the cut. */
  private record Holding(long count, List<TargetRun> runs, List<LedgerState.Part> parts) {
    static final Holding NOTHING = new Holding(0, List.of(), List.of());

    /** Where it is, what is before it is: who goes on behind it looks at it. */
    Optional<Landmark> last() {
      if (count == 0) {
        return Optional.empty();
      }
      LedgerState.Part part = parts.get(parts.size() - 1);
      return Optional.of(
          new Landmark(
              runs.get(runs.size() - 1).next() - 1,
              part.producerId(),
              part.epoch(),
              Sequences.plus(part.sequence(), part.count() - 1)));
    }

    static Holding inOneRun(Cut cut, long count) {
      LedgerState.Part session = cut.expected().get(0);
      return new Holding(
          count,
          List.of(new TargetRun(cut.start(), count)),
          List.of(
              new LedgerState.Part(
                  session.producerId(),
                  session.epoch(),
                  session.sequence(),
                  count,
                  session.from())));
    }
  }
}
