package dev.twinlog.internal.kafka.wire.ledger;

import dev.twinlog.internal.kafka.wire.ledger.LedgerState.RecordId;
import dev.twinlog.internal.kafka.wire.net.Leader;
import dev.twinlog.spi.Recovery;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteGuarantees.Guarantee;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Uuid;

/**
 * The opening of one route: where the target's log ends, whether the progress still fits it, the
 * route's new identity, the fence, and then the {@link TailInspection} of what lies between the
 * progress and the fence. Confined to the ledger's thread.
 *
 * <p>The order matters. The anchor is looked at before anything of ours is written behind it. The
 * fence is asked for under an epoch that only this opening has. The log is read up to the fence,
 * and what is found there is all that former owners will ever have written.
 */
final class RouteRecovery extends RecoveryTask {
  /** How often a log must be found to have become shorter, and how long between. */
  private static final int LOOKS = 3;

  private static final long LOOK_NANOS = Duration.ofMillis(500).toNanos();

  private final LedgerParts parts;
  private final Steps steps;
  private final Known known;
  private final boolean own;
  private final Outcome outcome;

  private Uuid topicId = Uuid.ZERO_UUID;
  private int leaderEpoch;
  private long end;
  private boolean lost;
  private int shorter;
  private long formerOwnersSinceMs;
  private long markedAtMs;
  private long limit;
  private long from;
  private LastFingerprints prints = new LastFingerprints();
  private final Set<String> notes = new LinkedHashSet<>();

  /** The producer ids of this opening that were given out before. */
  private final Set<Long> formerIds = new HashSet<>();

  /**
   * What is known of the route.
   *
   * @param first whether it was never opened, as far as anybody knows
   * @param clean whether nobody can still be writing it
   * @param cut empty if the state does not come from a ledger
   */
  record Known(boolean first, boolean clean, long targetNext, Optional<RecoveryPoint> point) {}

  /** Is told how it ended, once. */
  interface Outcome {
    void opened(RouteRecovery opening, Recovery recovery, Identity identity, LedgerSession session);

    void failed(RouteRecovery opening, ReplicationException cause);
  }

  /**
   * An opening that has not begun.
   *
   * @param own whether the session before was of this very ledger
   */
  RouteRecovery(
      Route route, Known known, boolean own, LedgerParts parts, Steps steps, Outcome outcome) {
    super(route, parts.timers());
    this.parts = parts;
    this.steps = steps;
    this.known = known;
    this.own = own;
    this.outcome = outcome;
  }

  @Override
  void begin() {
    lost = false;
    shorter = 0;
    formerOwnersSinceMs = formerOwnersSinceMs();
    markedAtMs = LedgerSession.NEVER;
    prints = new LastFingerprints();
    notes.clear();
    formerIds.clear();
    if (!parts.settings().times().known()) {
      notes.add(GuaranteeReasons.MEMORY_ASSUMED);
    }
    parts.forgetCoordinator(route(), generation());
    parts.requests().ends.ask(this, this::ended);
  }

  private long formerOwnersSinceMs() {
    if (known.first()) {
      return LedgerState.NO_RIVALS;
    }
    if (!known.clean() && !own) {
      return parts.wallMs();
    }
    // whoever closed cleanly, or this ledger, was the last owner; one before may still be asleep
    long before =
        known
            .point()
            .map(point -> point.state().formerOwnersSinceMs())
            .orElse(LedgerState.NO_RIVALS);
    return parts.rules().areFormerOwnersGone(before, parts.wallMs())
        ? LedgerState.NO_RIVALS
        : before;
  }

  private boolean hasFormerOwners() {
    return formerOwnersSinceMs != LedgerState.NO_RIVALS;
  }

  private void ended(Leader leader, long logEnd) {
    topicId = leader.topicId();
    leaderEpoch = leader.epoch();
    end = logEnd;
    limit = logEnd;
    from = logEnd;
    Optional<RecordId> anchor = known.point().flatMap(RecoveryPoint::last);
    if (!isRecreated() && known.targetNext() > logEnd && ++shorter < LOOKS) {
      // a former leader that has not heard of the present one yet says so, too
      parts.requests().cluster.refresh();
      after(LOOK_NANOS, () -> parts.requests().ends.ask(this, this::ended));
    } else if (isRecreated() || known.targetNext() > logEnd) {
      lost = true;
      identify(generation());
    } else if (anchor.isPresent()) {
      steps.anchor().run(this, topicId, anchor.get(), this::anchored);
    } else {
      // a missing permission to read is to be seen now, and not after the first crash
      steps.anchor().tryToRead(this, topicId, logEnd, () -> identify(generation()));
    }
  }

  private boolean isRecreated() {
    return known.point().isPresent() && !known.point().get().state().topicId().equals(topicId);
  }

  private int generation() {
    return known.point().map(point -> point.state().generation()).orElse(0);
  }

  private void anchored(boolean intact) {
    lost = !intact;
    identify(generation());
  }

  private void identify(int generation) {
    steps.identity().run(this, generation, this::identified, () -> identify(generation + 1));
  }

  private void identified(Identity identity) {
    note(identity);
    boolean fence = !known.first() && parts.rules().mustFence(known.clean() && !hasFormerOwners());
    boolean follows = known.point().isEmpty() || follows(known.point().get().state(), identity);
    if (!follows && identity.producerId() == known.point().get().state().producerId()) {
      // the coordinator counts the same epochs once more: no use of them is safe
      identify(identity.generation() + 1);
    } else if (!fence) {
      settle(identity);
    } else if (follows) {
      fence(identity);
    } else {
      fenceWithoutCoordinator(identity);
    }
  }

  private void note(Identity identity) {
    if (identity.epoch() > 0) {
      formerIds.add(identity.producerId());
    }
  }

  private boolean follows(LedgerState state, Identity identity) {
    return parts
        .rules()
        .follows(state.producerId(), state.epoch(), identity.producerId(), identity.epoch());
  }

  /** The former producer id is not the coordinator's any more. */
  private void fenceWithoutCoordinator(Identity identity) {
    long former = known.point().orElseThrow().state().producerId();
    parts
        .requests()
        .directMarkers
        .ask(
            new DirectMarkers.Marker(
                this,
                former,
                new DirectMarkers.ResponseHandler() {
                  @Override
                  public void written() {
                    fence(identity);
                  }

                  @Override
                  public void forbidden() {
                    notes.add(GuaranteeReasons.BY_TIME);
                    awaitSilence(identity, former);
                  }
                }));
  }

  /**
   * No fence puts a former owner out. It has no proof left that the route is its own, and nothing
   * under way, when neither a batch nor a marker under its producer id has appeared for long
   * enough.
   */
  private void awaitSilence(Identity identity, long former) {
    if (own && !hasFormerOwners()) {
      awaitLateRequests(identity);
      return;
    }
    long silentMs =
        parts.rules().silenceMs() + TimeUnit.NANOSECONDS.toMillis(parts.lateRequests().lifeNanos());
    retries(
        "a former owner can't be fenced without ALTER on Cluster, so it must have written nothing for %d s"
            .formatted(TimeUnit.MILLISECONDS.toSeconds(silentMs)));
    parts
        .requests()
        .ends
        .ask(
            this,
            (leader, from) ->
                after(
                    TimeUnit.MILLISECONDS.toNanos(silentMs),
                    () -> lookForFormer(identity, former, leader.epoch(), from)));
  }

  private void awaitLateRequests(Identity identity) {
    if (parts.lateRequests().mayCome(route(), parts.timers().now())) {
      after(LOOK_NANOS, () -> awaitLateRequests(identity));
    } else {
      fence(identity);
    }
  }

  private void lookForFormer(Identity identity, long former, int epochThen, long from) {
    steps
        .trace()
        .since(
            this,
            topicId,
            former,
            epochThen,
            from,
            wrote -> {
              if (wrote) {
                fail(
                    new RetriableException(
                        ("%s can't be opened now: a former owner of the link may still write it, and it"
                                + " can't be fenced without ALTER on Cluster; end that instance, or grant"
                                + " the permission")
                            .formatted(route())));
              } else {
                awaitLateRequests(identity);
              }
            });
  }

  private void fence(Identity identity) {
    long askedMs = parts.wallMs();
    Optional<TailProof> proof = tailProof();
    // the batch before the end, which is the last one of ours as a rule, proves all before it
    long readFrom = proof.isPresent() ? end - 1 : end;
    steps
        .fence()
        .run(
            this,
            new FenceStep.Fence(
                identity,
                false,
                topicId,
                end,
                readFrom,
                new FenceStep.Watcher() {
                  @Override
                  public void visit(ByteBuffer batches, int at, int size) {
                    proof.ifPresent(
                        tail -> {
                          long first = tail.add(batches, at);
                          if (first >= 0) {
                            prints.last(at, size, first);
                          }
                        });
                  }

                  @Override
                  public void pause(ByteBuffer batches) {
                    prints.take(batches);
                  }

                  @Override
                  public void fenced(long offset, int epochNow) {
                    limit = offset;
                    from = offset + 1;
                    parts.settings().ends().accept(route(), from);
                    markedAtMs = askedMs;
                    if (!known.clean() && !own) {
                      formerOwnersSinceMs =
                          parts.wallMs(); // their last proof may be as young as this
                    }
                    // what was read under another leader proves nothing of this one's log
                    Optional<TailProof> valid = epochNow == leaderEpoch ? proof : Optional.empty();
                    lookAgain(epochNow, () -> rotateOr(identity, valid));
                  }
                }));
  }

  /** A leader does not cut its own log, but another one may have come since the anchor was seen. */
  private void lookAgain(int epochNow, Runnable then) {
    Optional<RecordId> anchor = known.point().flatMap(RecoveryPoint::last);
    boolean same = epochNow == leaderEpoch;
    leaderEpoch = epochNow;
    if (lost || same || anchor.isEmpty()) {
      then.run();
    } else {
      steps
          .anchor()
          .run(
              this,
              topicId,
              anchor.get(),
              intact -> {
                lost = !intact;
                then.run();
              });
    }
  }

  private Optional<TailProof> tailProof() {
    return known
        .point()
        .filter(point -> !lost && !point.isInsideParts() && point.start() < end)
        .map(point -> new TailProof(point.expected().get(0), point.start()));
  }

  private void rotateOr(Identity identity, Optional<TailProof> proof) {
    if (parts.rules().mustRotate(identity.epoch())) {
      rotate(identity, proof);
    } else {
      examine(identity, proof);
    }
  }

  /** Without a fence: nobody writes, and nobody has anything that could still land. */
  private void settle(Identity identity) {
    if (parts.rules().mustRotate(identity.epoch())) {
      rotate(identity, Optional.empty());
    } else {
      examine(identity, Optional.empty());
    }
  }

  /** The epochs run out, and with them the coordinator's grip on who came before. */
  private void rotate(Identity identity, Optional<TailProof> proof) {
    int next = identity.generation() + 1;
    steps
        .identity()
        .run(
            this,
            next,
            fresh -> {
              note(fresh);
              markedAtMs = LedgerSession.NEVER;
              settleOrExamine(fresh, proof);
            },
            () -> beginAgain("transactional ids of two generations are stuck"));
  }

  private void settleOrExamine(Identity fresh, Optional<TailProof> proof) {
    if (parts.rules().mustRotate(fresh.epoch())) {
      rotate(fresh, proof);
    } else {
      examine(fresh, proof);
    }
  }

  private void examine(Identity identity, Optional<TailProof> proof) {
    TailInspection examination =
        new TailInspection(
            this,
            parts,
            steps,
            known,
            identity,
            new TailInspection.Log(topicId, leaderEpoch, end, limit, from),
            formerOwnersSinceMs,
            notes,
            new TailInspection.ResponseHandler() {
              @Override
              public void answer(Recovery recovery, Optional<RecordId> last) {
                RouteRecovery.this.answer(recovery, identity, last);
              }

              @Override
              public void fail(ReplicationException cause) {
                RouteRecovery.this.fail(cause);
              }
            });
    if (lost) {
      examination.ofWhatIsLeft(isRecreated());
    } else if (known.first() && !formerIds.isEmpty()) {
      examination.ofTraces(formerIds);
    } else {
      examination.ofWhatIsHeld(proof, prints);
    }
  }

  private void answer(Recovery recovery, Identity own, Optional<RecordId> last) {
    end();
    if (notes.isEmpty()) {
      parts.guarantees().remove(route(), RouteGuaranteeRegistry.Author.LEDGER);
    } else {
      parts
          .guarantees()
          .put(
              route(),
              RouteGuaranteeRegistry.Author.LEDGER,
              new Guarantee(
                  notes.stream().allMatch(GuaranteeReasons::isExact), String.join("; ", notes)));
    }
    outcome.opened(
        this,
        recovery,
        own,
        new LedgerSession(
            own.producerId(),
            own.epoch(),
            parts.settings().times().memoryMs(),
            hasFormerOwners(),
            markedAtMs,
            tail(last)));
  }

  @Override
  void retries(String why) {
    parts
        .settings()
        .retrying()
        .accept(
            route(), new RetriableException("%s can't be opened now: %s".formatted(route(), why)));
  }

  private Tail tail(Optional<RecordId> last) {
    return new Tail(
        topicId,
        leaderEpoch,
        last.map(at -> new TailRecord(at.offset(), at.producerId(), at.epoch(), at.sequence())),
        parts.rules());
  }

  @Override
  void giveUp(String why) {
    fail(
        new RetriableException(
            "%s can't be opened now: %s (tried for %d s)"
                .formatted(route(), why, Duration.ofNanos(PATIENCE_NANOS).toSeconds())));
  }

  @Override
  void fail(ReplicationException cause) {
    if (!isOver()) {
      end();
      outcome.failed(this, cause);
    }
  }
}
